#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_state.h"

namespace provider_host::cli {

/// Notices that the files of a script are different from what they were: written, renamed over, removed, made again. It
/// looks at each of them (stat), as the events of the kernel do not come from network mounts, nor for a directory that
/// has taken the place of another. Not thread-safe.
class SourceWatch {
 public:
  /// Knows the script alone, as it is now.
  explicit SourceWatch(std::filesystem::path script);

  /// What is there now is known. Before the script is imported, so that what is written meanwhile is noticed.
  void accept();

  /// The files that the script consists of, after it was imported. One that was not known counts as changed when it was
  /// written since accept().
  void set_files(const std::vector<std::string>& files);

  /// Whether a file that was made beside the others counts, too: it may be the module that the import has missed.
  void watch_beside(bool watches) { watches_beside_ = watches; }

  /// The first file that is not what it was at accept(); nothing when there is none.
  [[nodiscard]] std::optional<std::filesystem::path> changed() const;

  /// What all files are now, to wait until they are written no more: two of these are equal.
  using States = std::map<std::filesystem::path, std::optional<FileState>>;
  [[nodiscard]] States look() const;

  /// A file as messages name it: relative to the script's directory, if it is there.
  [[nodiscard]] std::string name_of(const std::filesystem::path& file) const;

 private:
  [[nodiscard]] std::set<std::filesystem::path> beside() const;

  const std::filesystem::path script_;
  std::set<std::filesystem::path> files_;
  States accepted_;  // of files_, and of those beside them
  std::chrono::system_clock::time_point accepted_at_;
  bool watches_beside_ = false;
};

}  // namespace provider_host::cli
