#include "platform/platform_name.h"

namespace provider_host::platform {

std::string_view platform_name() { return "portable"; }

}  // namespace provider_host::platform
