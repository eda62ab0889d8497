// Scripts that execute themselves once more with another Python while they are imported. The pool does what they want:
// its hosts run with that Python from then on.
#include "pool/reexecution.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

#include "pool/host_program.h"
#include "pool/pool_core.h"
#include "provider_host/pythons.h"

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

// A host has ended before it was ready. Returns whether that was because its script wants another Python, and hosts get
// that one now; throws ConfigError when they cannot.
bool PoolCore::follow(HostProcess& host) {
  const auto executed = host.last_words().executed;
  if (!executed || slot_of(host) == nullptr || !runs_script_again(*executed, start_message_.script)) return false;
  if (host.generation == generation_) {
    if (generation_ > 0) return false;  // once
    follow(*executed);
  }
  const std::lock_guard lock(mutex_);
  --slot_of(host)->starts;  // this was none
  return true;
}

void PoolCore::follow(const Executed& executed) {
  const Interpreter interpreter = find_interpreter(executed.program);
  HostProgram program = host_program(options_, interpreter);
  program.environment = with_changes(std::move(program.environment), executed.environment);
  log(LogLevel::kInfo, 0, "pool",
      fmt::format("{} executes itself again with {}; its hosts run with that one (--python {} saves the first start)",
                  script_name_, executed.program, executed.program));
  const std::lock_guard lock(mutex_);
  ++generation_;
  program_ = std::move(program);
  start_message_.python = interpreter.executable.string();
}

// It is no host any more, and is ended as if it had crashed.
bool PoolCore::has_become_another(HostProcess& host) {
  if (!host.last_words().executed) return false;
  host.signal_group(SIGKILL);
  return true;
}

}  // namespace provider_host::internal
