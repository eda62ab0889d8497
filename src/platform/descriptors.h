#pragma once

namespace provider_host::platform {

/// Closes every descriptor of this process from `first` to `last`. With system calls only, so that it may run between
/// fork() and exec. False when some may be open still, because the system does not say which there are.
bool close_descriptors(unsigned first, unsigned last);

}  // namespace provider_host::platform
