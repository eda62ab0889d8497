#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

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
  struct State {
    ino_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  static std::optional<State> state_of(const std::filesystem::path& file);  // nothing: there is none

  std::map<std::filesystem::path, std::optional<State>> files_;
  bool is_doubtful_ = false;
};

}  // namespace provider_host::promptfoo
