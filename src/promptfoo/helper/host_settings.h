#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "promptfoo/helper/messages.h"

namespace provider_host::promptfoo {

/// What hosts are started with. Calls whose settings differ never share one.
struct HostSettings {
  platform::ProcessIdentity owner;
  std::string interpreter;
  std::string script;     ///< Absolute.
  std::string directory;  ///< The current directory.
  unsigned umask = 0;
  std::map<std::string, std::string> environment;
  /// The text of code that stands in the configuration itself. promptfoo writes it to a script of another name for each
  /// call, so the text stands for that, and `script` is empty.
  std::optional<std::string> inline_code;

  friend auto operator<=>(const HostSettings&, const HostSettings&) = default;
};

/// Reads the text of inline code. Throws std::runtime_error for a request that hosts cannot be started for: an
/// environment that is none, inline code that cannot be read.
HostSettings settings_of(const HelperRequest& request);

/// Whether promptfoo has written this script for one call: …/promptfoo-python-code-XXXXXX/script.py.
bool is_inline_script(const std::filesystem::path& script);

}  // namespace provider_host::promptfoo
