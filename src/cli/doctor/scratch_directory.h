#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace provider_host::cli {

/// No folder for temporary files can be written to; `what()` says which were tried, why not, and what to do.
class NoScratchDirectory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A temporary directory of its own, removed with all that is in it: in $TMPDIR, /tmp, /var/tmp or /dev/shm, the first
/// that can be written to.
class ScratchDirectory {
 public:
  /// Throws NoScratchDirectory.
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
