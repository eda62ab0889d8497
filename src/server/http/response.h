#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace provider_host::server {

/// The status line and the fields of a response, but for those that frame it (Content-Length, Transfer-Encoding,
/// Connection). A plain value.
struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";                 ///< Empty: none. Of static text.
  std::vector<std::pair<std::string_view, std::string>> fields = {};  ///< Names of static text.
};

/// The head of a response that is sent as it comes: nobody on the way keeps or gathers it. `content_type` is static
/// text.
ResponseHead stream_head(std::string_view content_type);

struct Response : ResponseHead {
  std::string body = {};
};

/// The phrase of a status, `Not Found` for instance.
std::string_view reason_phrase(int status);

/// How the client finds the end of a response.
enum class Framing {
  kLength,  ///< By Content-Length.
  kChunks,  ///< By the last chunk.
  kClose,   ///< By the end of the connection: HTTP/1.0.
  kNone,    ///< It has no body, whatever its fields say: 204.
};

/// The head as text, up to and with the empty line. `length` is that of the body, for kLength.
std::string head_text(const ResponseHead& head, Framing framing, std::size_t length, bool closes);

/// One chunk of a body (RFC 9112, 7.1), appended. `piece` is not empty.
void append_chunk(std::string& text, std::string_view piece);

/// The last chunk.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace provider_host::server
