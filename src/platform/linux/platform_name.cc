#include "platform/platform_name.h"

namespace provider_host::platform {

std::string_view platform_name() { return "linux"; }

}  // namespace provider_host::platform
