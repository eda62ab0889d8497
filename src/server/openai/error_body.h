#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "provider_host/error.h"

namespace provider_host::server {

/// OpenAI's `type` of an error with this HTTP code: `invalid_request_error` for 4xx, but `authentication_error` for
/// 401, `rate_limit_error` for 429, and `provider_error` for 422, when the script is to blame; `server_error` for 5xx.
std::string_view openai_error_type(int status);

/// `{"error":{"message","type","param","code"}}`, valid JSON. An empty `param` or `code` is null. All must be UTF-8.
std::string openai_error(std::string_view message, std::string_view type, std::string_view param = {},
                         std::string_view code = {});

/// Of a failed call: the type is that of its HTTP code (failure_status()), the code is its kind.
std::string openai_error(const Error& error);

/// Of a result with a provider's own error, whose HTTP code is kProviderError: type and code are `provider_error`.
std::string openai_provider_error(std::string_view message);

}  // namespace provider_host::server
