#pragma once

#include <filesystem>
#include <string_view>

namespace provider_host::cli {

/// A temporary directory of its own, removed with all that is in it.
class ScratchDirectory {
 public:
  /// Throws std::system_error.
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  /// The path of a file in it.
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file, and returns its path. Throws std::system_error.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace provider_host::cli
