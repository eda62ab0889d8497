#include "platform/descriptors.h"

#include "platform/close_each.h"

namespace provider_host::platform {

bool close_descriptors(unsigned first, unsigned last) { return close_each(first, last); }

}  // namespace provider_host::platform
