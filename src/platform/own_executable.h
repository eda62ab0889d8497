#pragma once

#include <filesystem>

namespace provider_host::platform {

/// The file of the program that this process runs: an absolute path, empty when it is not known.
std::filesystem::path own_executable();

/// A path to open, compare or execute that file with; of Linux it works also when the file has lost its name, but in
/// this process and its children only.
std::filesystem::path own_executable_link();

}  // namespace provider_host::platform
