#include "promptfoo/helper/inline_scripts.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace provider_host::promptfoo {

namespace fs = std::filesystem;

InlineScripts::InlineScripts(fs::path directory) : directory_(std::move(directory)) {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

fs::path InlineScripts::add(std::string_view code) {
  const fs::path script = directory_ / std::to_string(++count_) / "script.py";
  fs::create_directories(script.parent_path());
  std::ofstream file(script, std::ios::binary);
  if (!file.write(code.data(), static_cast<std::streamsize>(code.size())).flush()) {
    const int error = errno;
    remove(script);
    throw std::system_error(error, std::generic_category(), script.string());
  }
  return script;
}

void InlineScripts::remove(const fs::path& script) {
  std::error_code ignored;
  fs::remove_all(script.parent_path(), ignored);
}

}  // namespace provider_host::promptfoo
