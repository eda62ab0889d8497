#include "cli/check_command.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <optional>
#include <sstream>

#include "cli/envelope.h"
#include "cli/exit_code.h"
#include "cli/indent_json.h"
#include "cli/json_text.h"
#include "cli/script_verdict.h"
#include "cli/suggestion.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;

/// Everything a check found out.
struct Findings {
  ScriptReport report;
  ScriptVerdict verdict;
  std::optional<Outcome> outcome;  // of --call

  [[nodiscard]] bool call_failed() const { return outcome && (!*outcome || has_provider_error(outcome->json())); }
  [[nodiscard]] bool good() const { return verdict.problems.empty() && !call_failed(); }
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

std::string text_of(const Findings& findings) {
  const ScriptReport& report = findings.report;
  std::string text = fmt::format(
      "script:  {}\npython:  {} ({})\nimport:  {:.1f} ms; ready after {:.1f} ms, the start of Python included\n",
      report.script, report.python_version, report.python, report.import_ms, report.ready_ms);
  text += report.functions.empty() ? "functions: none\n" : "functions:\n";
  for (const FunctionReport& function : report.functions) {
    text += fmt::format("  {:5} {}{}\n", function.kind, function.name, function.signature);
    for (const std::string& fault : function.faults) text += fmt::format("        fault: {}\n", fault);
  }
  append_list(text, "suggestions:", report.suggestions);
  append_list(text, "problems:", findings.verdict.problems);
  if (findings.outcome) text += text_of(*findings.outcome);
  text += findings.good() ? "The script can be used." : "The script cannot be used like this.";
  return text;
}

std::string json_of(const Findings& findings) {
  const ScriptReport& report = findings.report;
  ordered_json functions = ordered_json::array();
  for (const FunctionReport& each : report.functions) {
    functions.push_back(
        {{"name", each.name}, {"kind", each.kind}, {"signature", each.signature}, {"faults", each.faults}});
  }
  const ordered_json json = {{"ok", findings.good()},
                             {"script", report.script},
                             {"python", report.python},
                             {"python_version", report.python_version},
                             {"import_ms", report.import_ms},
                             {"ready_ms", report.ready_ms},
                             {"functions", functions},
                             {"suggestions", report.suggestions},
                             {"problems", findings.verdict.problems}};
  std::string text = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  if (!findings.outcome) return text;
  text.pop_back();
  return text + ",\"call\":" + envelope(0, "null", *findings.outcome, false) + "}";
}

Call trial_call(const CheckOptions& options, const ScriptSpec& spec, Api api) {
  const CallArguments arguments(api == Api::kNone ? Api::kCall : api, options.arguments);
  Call call;
  call.api = api;
  call.function = spec.function;
  if (api == Api::kNone) {
    call.args_json = json_of_option("--call", *options.prompt);
    return call;
  }
  try {
    call.args_json = arguments.of_prompt(quote(*options.prompt), {});
  } catch (const JsonError& error) {
    throw UsageError(std::string("--call: ") + error.what());
  }
  return call;
}

int report_import_failure(const CheckOptions& options, const ScriptSpec& spec, const ImportFailed& failed,
                          Console& console) {
  if (options.json) {
    const ordered_json json = {{"ok", false}, {"error", to_json(failed.error())}};
    print(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }
  console.error(failed.what() + script_suggestion(spec.script));
  return kImportFailed;
}

int check(const CheckOptions& options, const ScriptSpec& spec, Pool& pool) {
  Findings findings;
  findings.report = pool.inspect();
  findings.verdict = judge(findings.report, spec.function, options.api);
  if (options.prompt) findings.outcome = pool.call(trial_call(options, spec, findings.verdict.api));
  print(options.json ? json_of(findings) : text_of(findings));
  return findings.good() ? kDone : kSomeFailed;
}

}  // namespace

int run_check(const CheckOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  if (options.prompt) trial_call(options, spec, options.api_or_default());  // wrong arguments show before the start
  try {
    Pool pool(pool_options(options, spec, session.console));
    return check(options, spec, pool);
  } catch (const ImportFailed& failed) {
    return report_import_failure(options, spec, failed, session.console);
  }
}

}  // namespace provider_host::cli
