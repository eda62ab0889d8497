#include "promptfoo/helper/interpreter_resolution.h"

#include <chrono>
#include <fstream>
#include <string_view>
#include <vector>

#include "process/command.h"
#include "provider_host/error.h"

namespace provider_host::promptfoo {
namespace {

constexpr std::chrono::seconds kLimit{10};
// sys.executable and each variable end with a zero; another zero is the end.
constexpr const char* kQuery =
    "import os, sys; sys.stdout.buffer.write(os.fsencode(sys.executable) + b'\\0' + "
    "b''.join(name + b'=' + value + b'\\0' for name, value in os.environb.items()) + b'\\0')";

bool is_script(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string start(2, '\0');
  return stream.read(start.data(), 2) && start == "#!";
}

ResolvedInterpreter parse_response(std::string_view response) {
  ResolvedInterpreter resolved;
  if (!response.ends_with(std::string_view("\0\0", 2))) return resolved;
  const auto take = [&] {
    const std::string text(response.substr(0, response.find('\0')));
    response.remove_prefix(text.size() + 1);
    return text;
  };
  resolved.executable = take();
  for (std::string entry = take(); !entry.empty(); entry = take()) {
    const auto equals = entry.find('=');
    resolved.environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    if (response.empty()) break;
  }
  return resolved;
}

}  // namespace

ResolvedInterpreter resolve_interpreter(const HostSettings& settings) {
  if (!is_script(settings.interpreter)) return {settings.interpreter, settings.environment};
  std::vector<std::string> environment;
  for (const auto& [name, value] : settings.environment) environment.push_back(name + '=' + value);
  const auto response =
      process::run_command({settings.interpreter, "-c", kQuery}, kLimit, environment, settings.directory);
  ResolvedInterpreter resolved = parse_response(response.output);
  if (resolved.executable.empty()) throw ConfigError(settings.interpreter + " does not lead to a Python");
  return resolved;
}

}  // namespace provider_host::promptfoo
