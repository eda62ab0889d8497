#include "pool/host/launcher.h"

#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/absolute_path.h"
#include "base/utf8.h"
#include "pool/host/host_program.h"
#include "pool/host/reexecution.h"
#include "provider_host/error.h"
#include "provider_host/interpreters.h"

namespace provider_host::internal {
namespace {

std::optional<Error> no_script(const std::filesystem::path& script) {
  std::error_code ignored;
  Error error;
  error.kind = ErrorKind::kImportFailed;
  if (script.is_relative()) {
    error.type = "FileNotFoundError";
    error.message = "there is no provider script " + script.string() +
                    ": the path is relative, and the working directory was deleted";
  } else if (std::filesystem::is_directory(script, ignored)) {
    error.type = "IsADirectoryError";
    error.message = script.string() + " is a directory, not a provider script";
  } else if (!std::filesystem::exists(script, ignored)) {
    error.type = "FileNotFoundError";
    error.message = "there is no provider script " + script.string();
  } else {
    return std::nullopt;
  }
  error.message = to_valid_utf8(error.message);
  return error;
}

}  // namespace

Launcher::Program Launcher::resolve(const PoolOptions& options) {
  const Interpreter interpreter = find_interpreter(options.python);
  return {host_program(options, interpreter), interpreter.executable.string()};
}

Launcher::Launcher(const PoolOptions& options, Spawner spawner, LogQueue& log)
    : options_(options), spawner_(std::move(spawner)), log_(log) {
  const auto script = absolute_path(options_.script).value_or(options_.script).lexically_normal();
  if (auto error = no_script(script)) throw ImportFailed(std::move(*error));
  Program program = resolve(options_);
  script_name_ = script.filename().string();
  program_ = std::move(program.host);
  start_message_ = {.host = 1,
                    .python = std::move(program.python),
                    .script = script.string(),
                    .concurrency = options_.concurrency,
                    .frame_limit = options_.frame_limit,
                    .nan = options_.nan == NanPolicy::kNull ? "null" : "error",
                    .surrogates = options_.surrogates == SurrogatePolicy::kReplace ? "replace" : "error",
                    .bytes = options_.bytes == BytesPolicy::kBase64 ? "base64" : "error",
                    .event_loop = options_.event_loop == EventLoop::kUvloop ? "uvloop" : "asyncio",
                    .memory_limit = options_.memory_limit,
                    .core_dumps = options_.core_dumps,
                    .no_new_privs = options_.no_new_privs,
                    .umask = options_.umask ? fmt::format("{:o}", *options_.umask) : "inherit"};
}

std::unique_ptr<Host> Launcher::launch(int number, HostStart::Origin origin, Reactor& reactor,
                                       Host::Listener& listener) const {
  return make(number, origin, spawner_(program_, start_message_.script), reactor, listener);
}

std::unique_ptr<Host> Launcher::adopt(int number, SpawnedHost fork, Reactor& reactor, Host::Listener& listener) const {
  return make(number, HostStart::Origin::kFork, std::move(fork), reactor, listener);
}

std::unique_ptr<Host> Launcher::make(int number, HostStart::Origin origin, SpawnedHost process, Reactor& reactor,
                                     Host::Listener& listener) const {
  wire::StartMessage message = start_message_;
  message.host = number;
  if (origin == HostStart::Origin::kTemplate) message.role = "template";
  auto host = std::make_unique<Host>(reactor, listener, std::move(process), message, options_.capture);
  host->start.origin = origin;
  host->start.generation = generation_;
  host->start.spawned_at = host->now();
  host->start.report.script = message.script;
  host->start.report.python = message.python;
  return host;
}

bool Launcher::follow(const Host& host) {
  const auto executed = host.crash_snapshot().executed;
  if (!executed || !runs_script_again(*executed, start_message_.script)) return false;
  if (host.start.generation == generation_) {
    if (has_followed_) return false;  // once
    follow(*executed);
  }
  return true;
}

void Launcher::follow(const Executed& executed) {
  const Interpreter interpreter = find_interpreter(executed.program);
  HostProgram program = host_program(options_, interpreter);
  program.environment = with_changes(std::move(program.environment), executed.environment);
  const std::string text =
      fmt::format("{} executes itself again with {}; its hosts run with that one (--python {} saves the first start)",
                  script_name_, executed.program, executed.program);
  log_.post({LogLevel::kInfo, 0, "pool", text});
  start_message_.python = interpreter.executable.string();
  program_ = std::move(program);
  ++generation_;
  has_followed_ = true;
}

void Launcher::use(Program program) {
  program_ = std::move(program.host);
  start_message_.python = std::move(program.python);
  ++generation_;
  has_followed_ = false;
}

}  // namespace provider_host::internal
