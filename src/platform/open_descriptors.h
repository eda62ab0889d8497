#pragma once

#include <filesystem>
#include <optional>

namespace provider_host::platform {

/// Whether the path is none of a file, but stands for an open descriptor of a process, such as /dev/fd/3. Links to
/// it are not followed.
bool names_descriptor(const std::filesystem::path& path);

/// The descriptor of this process that such a path stands for; nothing when it is another process's.
std::optional<int> descriptor_named(const std::filesystem::path& path);

/// A path that leads to what is open as `fd`, a directory, whatever its name is by now. For this process only. Nothing
/// where there is no such path.
std::optional<std::filesystem::path> path_of_descriptor(int fd);

}  // namespace provider_host::platform
