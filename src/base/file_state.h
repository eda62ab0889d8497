#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/modification_time.h"

namespace provider_host {

/// What tells one version of a file from another, without reading it.
struct FileState {
  ino_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;  ///< Since 1970, by the clock of the file system.
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// Nothing: there is no such file, or it may not be looked at. Follows links.
inline std::optional<FileState> state_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileState{status.st_ino, status.st_size, modification_time(status)};
}

}  // namespace provider_host
