#include <unistd.h>

#include <atomic>
#include <optional>
#include <sstream>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/commands/output_record.h"
#include "cli/commands/stream_items.h"
#include "cli/exit_code.h"
#include "cli/io/indent_json.h"
#include "cli/io/json_text.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

// The arguments of --api none: a JSON array.
std::string checked_array(const CallOptions& options) {
  std::string json = json_of_prompt("PROMPT", options.prompt);
  if (!is_array(json)) throw UsageError("PROMPT: with --api none a JSON array of arguments is due, such as '[1, 2]'");
  return json;
}

/// A call as the command line describes it. Errors in it are found before a host is started; the API may depend on the
/// script.
class DescribedCall {
 public:
  DescribedCall(const CallOptions& options, const ScriptSpec& spec)
      : api_(options.api_of(spec.function)), function_(spec.function), arguments_(options.arguments) {
    if (api_ != Api::kNone) {
      prompt_ = quoted(text_of_prompt("PROMPT", options.prompt));
    } else if (function_.empty()) {
      throw UsageError("--api none needs a function: write SCRIPT:FUNCTION, such as " + spec.script.string() + ":main");
    } else {
      prompt_ = checked_array(options);
    }
  }

  [[nodiscard]] Call made_for(const Pool& pool) const {
    Call call;
    call.api = api_.value_or(function_.empty() ? pool.default_api() : Api::kCall);
    call.function = function_;
    call.args_json = call.api == Api::kNone ? prompt_ : arguments_.of_prompt(*call.api, prompt_, {});
    return call;
  }

 private:
  static std::string quoted(const std::string& prompt) {
    try {
      return quote(prompt);
    } catch (const JsonError& error) {
      throw UsageError(std::string("PROMPT: ") + error.what());
    }
  }

  std::optional<Api> api_;
  std::string function_;
  CallArguments arguments_;
  std::string prompt_;  // as JSON; with kNone all arguments
};

int report(const CallOptions& options, const Outcome& outcome, Console& console) {
  const bool provider_error = outcome.ok() && has_provider_error(outcome.json());
  if (options.envelope) {
    print(output_record(0, "null", outcome, options.pool.capture));
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
  const DescribedCall call(options, spec);
  PoolOptions pool_of_call = pool_options(options, spec, session.console);
  if (pool_of_call.retries == 0) pool_of_call.max_consecutive_crashes = 1;  // nobody wants another host then
  Pool pool(std::move(pool_of_call));
  pool.flush_log();  // what is said about the start stands before the result
  if (options.stream) return stream_items(pool, call.made_for(pool), session);
  std::atomic<bool> interrupted = false;
  const Outcome outcome = [&] {
    const SignalScope scope(session.signals, [&](int) {
      interrupted = true;
      pool.shutdown(0);
    });
    return pool.call(call.made_for(pool));
  }();  // a signal while the result is written ends the process
  if (interrupted && !outcome) return kInterrupted;
  return report(options, outcome, session.console);
}

}  // namespace provider_host::cli
