#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/fd.h"

namespace provider_host::promptfoo {

/// The private directory in which helpers listen: ${XDG_RUNTIME_DIR}/provider-host where that directory is this user's,
/// else ${TMPDIR:-/tmp}/provider-host-UID. Nobody but this user can get at what is in it.
class HelperDirectory {
 public:
  /// Opens the one of this environment, and makes it when there is none. Nothing when that fails, or when it is a
  /// symbolic link, another user's, or open to others.
  static std::optional<HelperDirectory> open();
  /// The same for a directory that exists.
  static std::optional<HelperDirectory> open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A short path of a file in exactly this directory, whatever its own path leads to by now. For this process only.
  [[nodiscard]] std::filesystem::path file(const std::string& name) const;

 private:
  HelperDirectory(std::filesystem::path path, Fd directory);

  std::filesystem::path path_;
  Fd directory_;
};

/// The name under which the helper for processes like this one listens. It differs where a host that the helper starts
/// would differ from a child of this process, and between builds of this program. Nothing when that cannot be told.
std::optional<std::string> helper_name();

/// Removes all variables of this process but those that the library itself reads; they are in the helper's name.
void keep_named_environment();

}  // namespace provider_host::promptfoo
