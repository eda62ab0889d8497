#pragma once

#include <string_view>

namespace provider_host::platform {

/// Which implementation of the platform layer this is: `linux` or `portable`.
std::string_view platform_name();

}  // namespace provider_host::platform
