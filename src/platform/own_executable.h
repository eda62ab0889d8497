#pragma once

#include <filesystem>

namespace provider_host::platform {

/// The file of the program that this process runs: an absolute path, empty when it is not known.
std::filesystem::path own_executable();

}  // namespace provider_host::platform
