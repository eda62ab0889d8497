#include "platform/open_descriptors.h"

#include <string>
#include <system_error>

namespace provider_host::platform {

namespace fs = std::filesystem;

// A link in /proc is none to a file.
bool names_descriptor(const fs::path& path) {
  std::error_code error;
  return path.string().starts_with("/proc/") && fs::is_symlink(path, error);
}

std::optional<int> descriptor_named(const fs::path& path) {
  std::error_code error;
  if (!names_descriptor(path) || !fs::equivalent(path.parent_path(), "/proc/self/fd", error)) return std::nullopt;
  return std::stoi(path.filename());
}

std::optional<fs::path> path_of_descriptor(int fd) { return fs::path("/proc/self/fd") / std::to_string(fd); }

}  // namespace provider_host::platform
