#pragma once

#include <string>

namespace provider_host::cli {

/// Replaces a batch's output file by one that has a line for each call, the last of several, in the order of their
/// indexes. Whatever happens meanwhile, `path` is either the old file or the new one. `fd` is the old one, open for
/// reading; its position changes. Throws OutputFailed.
void put_in_order(int fd, const std::string& path);

}  // namespace provider_host::cli
