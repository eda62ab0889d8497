#include "server/openai/error_body.h"

#include "server/failure_status.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    wire::append_quoted(out, text);
  }
}

}  // namespace

std::string_view openai_error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 422:
      return "provider_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

std::string openai_error(std::string_view message, std::string_view type, std::string_view param,
                         std::string_view code) {
  std::string body = R"({"error":{"message":)";
  wire::append_quoted(body, message);
  body += R"(,"type":)";
  wire::append_quoted(body, type);
  body += R"(,"param":)";
  append_text_or_null(body, param);
  body += R"(,"code":)";
  append_text_or_null(body, code);
  return body += "}}";
}

std::string openai_error(const Error& error) {
  return openai_error(error.message, openai_error_type(failure_status(error).status), {}, to_string(error.kind));
}

std::string openai_provider_error(std::string_view message) {
  return openai_error(message, openai_error_type(kProviderError.status), {}, "provider_error");
}

}  // namespace provider_host::server
