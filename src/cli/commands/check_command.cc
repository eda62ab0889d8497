#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "base/utf8.h"
#include "cli/commands/commands.h"
#include "cli/commands/output_record.h"
#include "cli/commands/script_verdict.h"
#include "cli/exit_code.h"
#include "cli/io/indent_json.h"
#include "cli/io/json_text.h"
#include "pipe/api_name.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;

/// The result of a check.
struct CheckResult {
  ScriptReport report;
  ScriptVerdict verdict;
  std::optional<Outcome> outcome;  // of --call

  [[nodiscard]] bool call_failed() const { return outcome && (!*outcome || has_provider_error(outcome->json())); }
  [[nodiscard]] bool good() const { return verdict.errors.empty() && !call_failed(); }
};

void append_list(std::string& text, const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  text += fmt::format("{}\n", title);
  for (const std::string& item : items) text += fmt::format("  {}\n", item);
}

std::string text_of(const Outcome& outcome) {
  if (outcome) return fmt::format("call: ok in {:.3f} ms\n{}\n", outcome.latency_ms, indent_json(outcome.json()));
  std::ostringstream text;
  text << "call: failed\n" << outcome.error() << '\n';
  return text.str();
}

// An error when calls would use the function, else a note.
std::string_view severity_of(const std::string& error, const ScriptVerdict& verdict) {
  return std::ranges::find(verdict.errors, error) != verdict.errors.end() ? "error" : "note";
}

std::string text_of(const CheckResult& result) {
  const ScriptReport& report = result.report;
  std::string text = fmt::format(
      "script:  {}\npython:  {} ({})\nimport:  {:.1f} ms; ready after {:.1f} ms, the start of Python included\n",
      report.script, report.python_version, report.python, report.import_ms, report.ready_ms);
  text += report.functions.empty() ? "functions: none\n" : "functions:\n";
  for (const FunctionReport& function : report.functions) {
    text += fmt::format("  {:5} {}{}{}\n", function.kind, function.name, function.signature,
                        function.streams ? "  streams" : "");
    for (const std::string& error : function.faults) {
      text += fmt::format("        {}: {}\n", severity_of(error, result.verdict), error);
    }
  }
  append_list(text, "suggestions:", report.suggestions);
  append_list(text, "errors:", result.verdict.errors);
  if (!result.verdict.remark.empty()) text += fmt::format("api:     {}\n", result.verdict.remark);
  if (result.outcome) text += text_of(*result.outcome);
  text += result.good() ? "The script can be used." : "The script cannot be used like this.";
  return text;
}

std::string json_of(const CheckResult& result) {
  const ScriptReport& report = result.report;
  ordered_json functions = ordered_json::array();
  for (const FunctionReport& each : report.functions) functions.push_back(to_json(each));
  const ordered_json json = {{"ok", result.good()},           {"script", report.script},
                             {"python", report.python},       {"python_version", report.python_version},
                             {"import_ms", report.import_ms}, {"ready_ms", report.ready_ms},
                             {"functions", functions},        {"suggestions", report.suggestions},
                             {"files", report.files},         {"problems", result.verdict.errors},
                             {"notes", result.verdict.notes}, {"api", pipe::api_name(result.verdict.api)}};
  std::string text = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  if (!result.outcome) return text;
  text.pop_back();
  return text + ",\"call\":" + output_record(0, "null", *result.outcome, false) + "}";
}

// The prompt of --call as JSON, with kNone all arguments; empty without --call.
std::string prompt_of(const CheckOptions& options) {
  if (!options.prompt) return "";
  if (options.api == Api::kNone) return json_of_prompt("--call", *options.prompt);
  try {
    return quote(text_of_prompt("--call", *options.prompt));
  } catch (const JsonError& error) {
    throw UsageError(std::string("--call: ") + error.what());
  }
}

/// Everything that the call of --call is made of but its API, which depends on the script.
struct TestCall {
  std::string function;
  CallArguments arguments;
  std::string prompt;  // see prompt_of

  [[nodiscard]] Call following(Api api) const {
    Call call;
    call.api = api;
    call.function = function;
    call.args_json = api == Api::kNone ? prompt : arguments.of_prompt(api, prompt, {});
    return call;
  }
};

void print_import_failure(const ImportFailed& failed) {
  const ordered_json json = {{"ok", false}, {"error", to_json(failed.error())}};
  print(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

int check(const CheckOptions& options, const TestCall& test_call, Pool& pool) {
  CheckResult result;
  result.report = pool.inspect();
  result.verdict = judge(result.report, test_call.function, options.api);
  if (options.prompt) result.outcome = pool.call(test_call.following(result.verdict.api));
  print(options.json ? json_of(result) : to_valid_utf8(text_of(result)));
  return result.good() ? kDone : kSomeFailed;
}

}  // namespace

int run_check(const CheckOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  const TestCall test_call{spec.function, CallArguments(options.arguments), prompt_of(options)};
  try {
    Pool pool(pool_options(options, spec, session.console));
    return check(options, test_call, pool);
  } catch (const ImportFailed& failed) {
    if (options.json) print_import_failure(failed);
    throw;
  }
}

}  // namespace provider_host::cli
