// Scripts that execute themselves once more with another Python while they are imported. The pool does what they want:
// its hosts run with that Python from then on.
#include "pool/host/reexecution.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace provider_host::internal {

bool runs_script_again(const Executed& executed, const std::string& script) {
  if (!executed.program.starts_with('/')) return false;
  std::error_code ignored;
  return std::ranges::any_of(executed.arguments, [&](const std::string& argument) {
    return argument == script || (argument.starts_with('/') && std::filesystem::equivalent(argument, script, ignored));
  });
}

std::vector<std::string> with_changes(std::vector<std::string> environment, const std::vector<std::string>& changes) {
  for (const std::string& change : changes) {
    const std::string name = change.substr(0, change.find('=') + 1);
    std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name); });
    environment.push_back(change);
  }
  return environment;
}

}  // namespace provider_host::internal
