#include "platform/open_descriptors.h"

#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

namespace provider_host::platform {

bool names_descriptor(const std::filesystem::path& path) { return descriptor_named(path).has_value(); }

std::optional<int> descriptor_named(const std::filesystem::path& path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  if (path.parent_path() != "/dev/fd") return std::nullopt;
  const std::string name = path.filename();
  int fd = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
  return error == std::errc() && end == name.data() + name.size() && fd >= 0 ? std::optional(fd) : std::nullopt;
}

std::optional<std::filesystem::path> path_of_descriptor(int /*fd*/) { return std::nullopt; }

}  // namespace provider_host::platform
