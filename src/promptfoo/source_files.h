#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

#include "base/file_state.h"

namespace provider_host::promptfoo {

/// The state of source files at one moment, to notice that one was changed, replaced or removed since. Not thread-safe.
class SourceFiles {
 public:
  /// Notes the state of a file; one that is noted already keeps its state.
  void note(const std::filesystem::path& file);
  /// Notes the *.py in a directory, not below it.
  void note_directory(const std::filesystem::path& directory);

  /// Notes a file that was read at some time since then. One that was written since may have been read before that, so
  /// it counts as changed.
  void note_read_since(const std::filesystem::path& file, std::chrono::system_clock::time_point then);

  /// Whether a noted file is different now.
  [[nodiscard]] bool have_changed() const;

 private:
  std::map<std::filesystem::path, std::optional<FileState>> files_;
  bool is_doubtful_ = false;
};

}  // namespace provider_host::promptfoo
