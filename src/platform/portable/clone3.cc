#include "platform/clone3.h"

namespace provider_host::platform {

std::string clone3_hint(int /*error*/) { return ""; }

}  // namespace provider_host::platform
