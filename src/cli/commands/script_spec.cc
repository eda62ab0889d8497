#include "cli/commands/script_spec.h"

#include <string_view>
#include <system_error>

#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

ScriptSpec parse_script_spec(std::string text) {
  if (!exists(text)) {
    for (const std::string_view prefix : {"file://", "python:"}) {
      if (text.starts_with(prefix)) {
        text.erase(0, prefix.size());
        break;
      }
    }
  }
  if (text.empty()) throw UsageError("SCRIPT is empty; give the path of a provider script, such as provider.py");
  if (exists(text)) return {text, ""};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find('/', colon) != std::string::npos) return {text, ""};
  const std::string function = text.substr(colon + 1);
  if (colon == 0) throw UsageError("'" + text + "' names no script; write SCRIPT:FUNCTION, such as provider.py:answer");
  if (function.empty()) {
    throw UsageError("'" + text + "' names no function after the colon; write SCRIPT:FUNCTION, or leave the colon out");
  }
  return {text.substr(0, colon), function};
}

}  // namespace provider_host::cli
