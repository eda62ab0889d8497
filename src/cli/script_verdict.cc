#include "cli/script_verdict.h"

#include <algorithm>

namespace provider_host::cli {
namespace {

constexpr Api kScriptApis[] = {Api::kCall, Api::kEmbedding, Api::kClassification};

const FunctionReport* find(const ScriptReport& report, const std::string& name) {
  const auto found = std::ranges::find(report.functions, name, &FunctionReport::name);
  return found == report.functions.end() ? nullptr : &*found;
}

void judge_function(const ScriptReport& report, const std::string& name, ScriptVerdict& verdict) {
  const FunctionReport* function = find(report, name);
  if (function == nullptr) {
    // A report lists what stands at the top level; `Class.method` shows when it is called.
    if (name.find('.') == std::string::npos) verdict.problems.push_back("the script has no function '" + name + "'");
    return;
  }
  for (const std::string& fault : function->faults) verdict.problems.push_back(fault);
}

}  // namespace

ScriptVerdict judge(const ScriptReport& report, const std::string& function, std::optional<Api> api) {
  ScriptVerdict verdict;
  verdict.api = api.value_or(Api::kCall);
  if (!function.empty()) {
    judge_function(report, function, verdict);
    return verdict;
  }
  if (api && *api != Api::kNone) {
    judge_function(report, default_function(*api), verdict);
    return verdict;
  }
  bool found = false;
  for (const Api candidate : kScriptApis) {
    if (find(report, default_function(candidate)) == nullptr) continue;
    if (!found && !api) verdict.api = candidate;
    found = true;
    judge_function(report, default_function(candidate), verdict);
  }
  if (!found) {
    verdict.problems.emplace_back(
        "the script has none of call_api, call_embedding_api and call_classification_api; name a function with "
        "SCRIPT:FUNCTION");
  }
  return verdict;
}

}  // namespace provider_host::cli
