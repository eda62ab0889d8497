#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider_host/interpreters.h"

namespace provider_host::internal {

/// A version as people type it: `3.12`, `3.12.1`, `3.13t`, also with `python` in front.
struct PythonVersion {
  std::string minor;  ///< `3.12`
  std::string full;   ///< `3.12.1`; empty: any
  std::string flags;  ///< `t` free-threaded, `d` debug build

  /// Nothing when `text` is no such version.
  static std::optional<PythonVersion> parse(std::string_view text);

  [[nodiscard]] std::string tag() const { return minor + flags; }
  [[nodiscard]] bool is(const Interpreter& interpreter) const {
    return interpreter.tag == tag() && (full.empty() || interpreter.version == full);
  }
};

/// The directories of PATH, in its order; an empty entry is the current directory. Where PATH is not set, those that
/// the C library and shells take then.
std::vector<std::filesystem::path> path_directories();

/// Where interpreters are installed, in the order of search: PATH, pyenv's versions, uv's, /usr/bin, /usr/local/bin.
/// The newest first inside of pyenv's and uv's directory.
std::vector<std::filesystem::path> python_directories();

/// The directory of pyenv's shims, which stand for other interpreters; empty when there is no home directory.
std::filesystem::path pyenv_shims();

/// The program of that name on PATH.
std::optional<std::filesystem::path> on_path(const std::string& name);

bool is_executable(const std::filesystem::path& path);

/// An environment variable; empty when it is not set.
std::string environment(const char* name);

}  // namespace provider_host::internal
