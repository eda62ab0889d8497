#pragma once

namespace provider_host::platform {

/// close_descriptors() for systems without close_range(2): closes one after the other, up to the limit of open files.
bool close_each(unsigned first, unsigned last);

}  // namespace provider_host::platform
