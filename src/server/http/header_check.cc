#include "server/http/header_check.h"

#include <boost/beast/core/string.hpp>

namespace provider_host::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

std::optional<Refusal> check_framing(const RequestHeader& header) {
  const auto lengths = header.count(http::field::content_length);
  const auto codings = header.count(http::field::transfer_encoding);
  if (lengths > 1) return Refusal{400, "the request has several Content-Length fields"};
  const auto length = header[http::field::content_length];
  if (std::string_view(length.data(), length.size()).find_first_not_of("0123456789") != std::string_view::npos) {
    return Refusal{400, "Content-Length must be one number"};  // the parser takes `5, 5`, too
  }
  if (codings == 0) return std::nullopt;
  if (codings > 1 || !iequals(header[http::field::transfer_encoding], "chunked")) {
    return Refusal{501, "of the transfer codings this server knows `chunked` alone"};
  }
  if (lengths > 0) return Refusal{400, "the request has both Content-Length and Transfer-Encoding"};
  if (header.version() < 11) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check_header(const RequestHeader& header) {
  if (header.version() != 11 && header.version() != 10) {
    return Refusal{505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  }
  const auto hosts = header.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && header.version() == 11)) {
    return Refusal{400, "the request must have the field Host exactly once"};
  }
  if (auto refusal = check_framing(header)) return refusal;
  if (header.count(http::field::authorization) > 1) return Refusal{400, "the request has several Authorization fields"};
  if (header.count(http::field::trailer) > 0) return Refusal{400, "this server takes no trailer fields"};
  const auto encoding = header[http::field::content_encoding];
  if (!encoding.empty() && !iequals(encoding, "identity")) return Refusal{415, "this server takes no encoded bodies"};
  const auto expect = header[http::field::expect];
  if (!expect.empty() && !iequals(expect, "100-continue")) {
    return Refusal{417, "of expectations this server knows `100-continue` alone"};
  }
  const auto target = header.target();
  const std::string_view text(target.data(), target.size());
  if (text != "*" && split_target(text).path.empty())
    return Refusal{400, "the target of a request starts with a slash"};
  return std::nullopt;
}

Target split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    break;
  }
  if (!target.starts_with('/')) return {};
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  if (question == std::string_view::npos) return {target, {}};
  return {target.substr(0, question), target.substr(question + 1)};
}

}  // namespace provider_host::server
