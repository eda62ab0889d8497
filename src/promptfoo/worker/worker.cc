#include "promptfoo/worker/worker.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/file_content.h"
#include "interpreters/python_locations.h"
#include "promptfoo/interpreter.h"
#include "promptfoo/worker/command.h"
#include "promptfoo/worker/input.h"
#include "promptfoo/worker/output.h"
#include "promptfoo/worker/provider_pool.h"
#include "promptfoo/worker/response.h"
#include "promptfoo/worker/time_limit.h"
#include "provider_host/interpreters.h"

namespace provider_host::promptfoo {
namespace {

// promptfoo waits five seconds for the end of a worker.
constexpr auto kLongestEnd = std::chrono::seconds(4);
constexpr double kStopGrace = 1.5;
constexpr double kDrain = 0.5;  // for calls that run at the end of stdin
constexpr int kNeverOpen = 1'000'000;

PoolOptions pool_options(const WorkerInvocation& invocation, const std::filesystem::path& interpreter) {
  PoolOptions options;
  options.script = invocation.script;
  options.python = interpreter.string();
  options.wait_for_start = false;
  options.start_timeout = 0;
  options.timeout = 0;  // each call has a deadline
  options.stop_grace = kStopGrace;
  options.max_consecutive_crashes = kNeverOpen;  // each call is answered with its own crash
  options.health_interval = 0;
  options.log = [](const LogLine& line) { write_to_stderr(log_text(line)); };
  return options;
}

void log(LogLevel level, const std::string& text) { write_to_stderr(log_text({level, 0, "pool", text})); }

// Nothing when it cannot be read. A pipe could hold up everything else.
std::optional<std::string> content_of_request(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown) ? content_of(path) : std::nullopt;
}

Error failed(std::string message) {
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = std::move(message);
  return error;
}

class Worker {
 public:
  Worker(const WorkerInvocation& invocation, const std::filesystem::path& interpreter)
      : function_(invocation.function), options_(pool_options(invocation, interpreter)) {}

  int run() {
    WorkerInput input(output_.fd());
    output_.ready();
    ProviderPool pool(std::move(options_));
    const WorkerInput::End end = input.read([&](std::string_view line) { return handle(pool, parse_command(line)); });
    end_later();
    pool.shutdown(end == WorkerInput::End::kClosed ? kDrain : 0);
    return 0;
  }

 private:
  // Only if all else fails: hosts end with this process.
  static void end_later() {
    try {
      std::thread([] {
        std::this_thread::sleep_for(kLongestEnd);
        std::_Exit(0);
      }).detach();
    } catch (const std::system_error&) {  // then without this
    }
  }
  /// Whether more commands are to be read.
  bool handle(ProviderPool& pool, const Command& command) {
    if (std::holds_alternative<ShutdownCommand>(command)) return false;
    if (const auto* call = std::get_if<CallCommand>(&command)) {
      start(pool, *call);
    } else if (const std::string& line = std::get<UnknownCommand>(command).line; !line.empty()) {
      log(LogLevel::kError, "unknown command: " + line);
    }
    return true;
  }

  void start(ProviderPool& pool, const CallCommand& command) {
    auto arguments = content_of_request(command.request);
    if (!arguments) {
      const std::string message = "promptfoo's request file " + command.request + " cannot be read";
      return finish(command.response, Outcome::failure(failed(message)), 0);
    }
    const double limit = promptfoo_limit(*arguments, internal::environment("REQUEST_TIMEOUT_MS"));
    Call call;
    call.api = Api::kNone;
    call.function = command.function.empty() ? function_ : command.function;
    call.args_json = std::move(*arguments);
    call.deadline = call_limit(limit);
    pool.submit(std::move(call), [this, response = command.response, limit](const Outcome& outcome) {
      finish(response, outcome, limit);
    });
  }

  // Any thread. When the file is gone, promptfoo no longer waits for the call; a full disk may have room for the
  // reason.
  void finish(const std::string& response, const Outcome& outcome, double limit) {
    const std::string failure = write_response(response, response_text(outcome, limit));
    if (!failure.empty()) {
      log(LogLevel::kWarning, failure);
      write_response(response, response_text(Outcome::failure(failed(failure)), limit));
    }
    output_.done(response);
  }

  std::string function_;
  PoolOptions options_;
  ProtocolOutput output_{STDOUT_FILENO};
};

}  // namespace

std::optional<int> run_worker(const WorkerInvocation& invocation) {
  const std::filesystem::path program = find_real_interpreter();
  Interpreter interpreter;
  try {
    interpreter = find_interpreter(program.string());
    host_executable_for(interpreter);
  } catch (const ConfigError& error) {
    log(LogLevel::kWarning, fmt::format("{}; promptfoo's own worker runs {}", error.what(), invocation.script));
    return std::nullopt;
  }
  return Worker(invocation, interpreter.executable).run();
}

}  // namespace provider_host::promptfoo
