#include "promptfoo/helper/host_settings.h"

#include <stdexcept>

#include "base/file_content.h"

namespace provider_host::promptfoo {

bool is_inline_script(const std::filesystem::path& script) {
  return script.filename() == "script.py" &&
         script.parent_path().filename().string().starts_with("promptfoo-python-code-");
}

HostSettings settings_of(const HelperRequest& request) {
  HostSettings settings;
  settings.owner = request.owner;
  settings.interpreter = request.interpreter;
  settings.directory = request.directory;
  settings.umask = request.umask;
  for (const std::string& entry : request.environment) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) throw std::runtime_error("a variable without a name");
    if (!settings.environment.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second) {
      throw std::runtime_error("a variable that is set twice");
    }
  }
  if (is_inline_script(request.script)) {
    settings.inline_code = content_of(request.script);
    if (!settings.inline_code) throw std::runtime_error("cannot read " + request.script);
  } else {
    settings.script = request.script;
  }
  return settings;
}

}  // namespace provider_host::promptfoo
