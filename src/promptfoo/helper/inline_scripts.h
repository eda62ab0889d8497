#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace provider_host::promptfoo {

/// Files for code that stands in a configuration, in a private directory: what hosts import, as promptfoo's own file of
/// it is gone after each call. Not thread-safe.
class InlineScripts {
 public:
  /// Everything below the directory is removed at first.
  explicit InlineScripts(std::filesystem::path directory);

  /// The path of a new file with that text. Throws std::system_error when it cannot be written.
  std::filesystem::path add(std::string_view code);
  /// Removes a file that add() has made. Ignores errors.
  static void remove(const std::filesystem::path& script);

 private:
  std::filesystem::path directory_;
  unsigned count_ = 0;
};

}  // namespace provider_host::promptfoo
