#pragma once

#include <string>

namespace provider_host::cli {

/// Replaces a batch's output file atomically by one that is sorted by index and has one line for each call, the last of
/// several. `fd` is the old one, open for
/// reading; its position changes. Throws OutputFailed.
void put_in_order(int fd, const std::string& path);

}  // namespace provider_host::cli
