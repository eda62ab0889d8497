#include "cli/call_command.h"

#include <unistd.h>

#include <atomic>
#include <sstream>

#include "cli/envelope.h"
#include "cli/exit_code.h"
#include "cli/indent_json.h"
#include "cli/json_text.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

std::string arguments_of(const CallOptions& options) {
  const CallArguments arguments(options.api_or_default(), options.arguments);
  if (options.api_or_default() == Api::kNone) {
    std::string json = json_of_option("PROMPT", options.prompt);
    if (!is_array(json)) throw UsageError("PROMPT: with --api none a JSON array of arguments is due, such as '[1, 2]'");
    return json;
  }
  try {
    return arguments.of_prompt(quote(options.prompt), {});
  } catch (const JsonError& error) {
    throw UsageError(std::string("PROMPT: ") + error.what());
  }
}

Call call_of(const CallOptions& options, const ScriptSpec& spec) {
  Call call;
  call.api = options.api_or_default();
  call.function = spec.function;
  call.args_json = arguments_of(options);
  if (call.api == Api::kNone && call.function.empty()) {
    throw UsageError("--api none needs a function: write SCRIPT:FUNCTION, such as " + spec.script.string() + ":main");
  }
  return call;
}

int report(const CallOptions& options, const Outcome& outcome, Console& console) {
  const bool provider_error = outcome.ok() && has_provider_error(outcome.json());
  if (options.envelope) {
    print(envelope(0, "null", outcome, options.pool.capture));
  } else if (outcome) {
    print(::isatty(STDOUT_FILENO) == 1 ? indent_json(outcome.json()) : outcome.json());
  } else {
    std::ostringstream text;
    text << outcome.error();
    console.error(text.str());
  }
  if (provider_error) console.note(LogLevel::kWarning, "the provider returned an error");
  return outcome.ok() && !provider_error ? kDone : kSomeFailed;
}

}  // namespace

int run_call(const CallOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  Call call = call_of(options, spec);
  Pool pool(pool_options(options, spec, session.console));
  std::atomic<bool> interrupted = false;
  const SignalScope scope(session.signals, [&](int) {
    interrupted = true;
    pool.shutdown(0);
  });
  const Outcome outcome = pool.call(std::move(call));
  if (interrupted && !outcome) return kInterrupted;
  return report(options, outcome, session.console);
}

}  // namespace provider_host::cli
