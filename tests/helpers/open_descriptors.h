#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace provider_host {

/// The numbers of this process's open descriptors.
inline std::set<std::string> open_descriptors() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor that lists the directory
    if (std::filesystem::read_symlink(entry.path(), gone).string().find("/fd") == std::string::npos)
      names.insert(entry.path().filename().string());
  }
  return names;
}

}  // namespace provider_host
