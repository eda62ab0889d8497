#include "cli/commands/script_verdict.h"

#include <algorithm>

namespace provider_host::cli {
namespace {

const FunctionReport* find(const ScriptReport& report, const std::string& name) {
  const auto found = std::ranges::find(report.functions, name, &FunctionReport::name);
  return found == report.functions.end() ? nullptr : &*found;
}

const FunctionReport* find(const ScriptReport& report, Api api) { return find(report, default_function(api)); }

std::vector<std::string> errors_of(const ScriptReport& report, const std::string& name) {
  if (const FunctionReport* function = find(report, name)) return function->faults;
  // A report lists only functions at the top level; whether `Class.method` exists is known when it is called.
  if (name.find('.') != std::string::npos) return {};
  return {"the script has no function '" + name + "'"};
}

void add_notes(const ScriptReport& report, const std::string& judged, ScriptVerdict& verdict) {
  for (const FunctionReport& function : report.functions) {
    if (function.name == judged) continue;
    verdict.notes.insert(verdict.notes.end(), function.faults.begin(), function.faults.end());
  }
}

ScriptVerdict judge_one(const ScriptReport& report, const std::string& name, Api api) {
  ScriptVerdict verdict;
  verdict.api = api;
  verdict.errors = errors_of(report, name);
  add_notes(report, name, verdict);
  return verdict;
}

// Without call_api and with both others, the user has to choose an API.
ScriptVerdict judge_two(const ScriptReport& report) {
  const ScriptVerdict embedding = judge_one(report, default_function(Api::kEmbedding), Api::kEmbedding);
  const ScriptVerdict classification = judge_one(report, default_function(Api::kClassification), Api::kClassification);
  const bool neither = !embedding.errors.empty() && !classification.errors.empty();
  ScriptVerdict verdict = embedding.errors.empty() || neither ? embedding : classification;
  verdict.remark = "it has no call_api; say which API with --api embedding or --api classification";
  return verdict;
}

}  // namespace

ScriptVerdict judge(const ScriptReport& report, const std::string& function, std::optional<Api> api) {
  if (!function.empty()) {
    return judge_one(report, function, api.value_or(api_of_function(function).value_or(Api::kCall)));
  }
  if (api && *api != Api::kNone) return judge_one(report, default_function(*api), *api);
  const bool embeds = find(report, Api::kEmbedding) != nullptr;
  const bool classifies = find(report, Api::kClassification) != nullptr;
  if (find(report, Api::kCall) != nullptr) return judge_one(report, default_function(Api::kCall), Api::kCall);
  if (embeds && classifies) return judge_two(report);
  if (embeds || classifies) {
    const Api only = embeds ? Api::kEmbedding : Api::kClassification;
    ScriptVerdict verdict = judge_one(report, default_function(only), only);
    verdict.remark = "it has no call_api, so calls are those of " + default_function(only);
    return verdict;
  }
  ScriptVerdict verdict;
  verdict.errors.emplace_back(
      "the script has none of call_api, call_embedding_api and call_classification_api; name a function with "
      "SCRIPT:FUNCTION");
  add_notes(report, "", verdict);
  return verdict;
}

}  // namespace provider_host::cli
