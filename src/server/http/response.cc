#include "server/http/response.h"

#include <spdlog/fmt/fmt.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

namespace provider_host::server {

std::string_view reason_phrase(int status) {
  if (status == 499) return "Client Closed Request";
  const auto phrase =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {phrase.data(), phrase.size()};
}

ResponseHead stream_head(std::string_view content_type) {
  ResponseHead head;
  head.content_type = content_type;
  head.fields = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
  return head;
}

std::string head_text(const ResponseHead& head, Framing framing, std::size_t length, bool closes) {
  std::string text;
  text.reserve(256);
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", head.status, reason_phrase(head.status));
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  if (!head.content_type.empty()) add("Content-Type", head.content_type);
  for (const auto& [name, value] : head.fields) add(name, value);
  if (framing == Framing::kLength) fmt::format_to(out, "Content-Length: {}\r\n", length);
  if (framing == Framing::kChunks) add("Transfer-Encoding", "chunked");
  if (closes) add("Connection", "close");
  text += "\r\n";
  return text;
}

void append_chunk(std::string& text, std::string_view piece) {
  fmt::format_to(std::back_inserter(text), "{:x}\r\n", piece.size());
  text.append(piece).append("\r\n");
}

}  // namespace provider_host::server
