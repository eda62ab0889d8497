#pragma once

#include <string>
#include <string_view>

namespace provider_host::server {

/// Base64 with padding (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);

}  // namespace provider_host::server
