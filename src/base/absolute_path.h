#pragma once

#include <filesystem>
#include <optional>
#include <system_error>

namespace provider_host {

/// The same path from the root on. Nothing when it is relative to a working directory that was deleted.
inline std::optional<std::filesystem::path> absolute_path(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return std::nullopt;
  return absolute;
}

}  // namespace provider_host
