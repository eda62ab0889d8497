#include "cli/batch/stats/token_usage.h"

#include <simdjson.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "cli/batch/stats/counters.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

namespace ondemand = simdjson::ondemand;
using Value = simdjson::simdjson_result<ondemand::value>;

void add_number(double& sum, Value value) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS || !(number > 0)) return;
  if (std::isfinite(sum + number)) sum += number;  // JSON has no other
}

void add_flag(std::uint64_t& count, Value value) {
  bool flag = false;
  if (value.get_bool().get(flag) == simdjson::SUCCESS && flag) ++count;
}

void add_tokens(ResultUsage& usage, ondemand::object tokens) {
  const std::array<std::pair<const char*, double*>, 5> fields = {{{"total", &usage.total_tokens},
                                                                  {"prompt", &usage.prompt_tokens},
                                                                  {"completion", &usage.completion_tokens},
                                                                  {"cached", &usage.cached_tokens},
                                                                  {"numRequests", &usage.requests}}};
  for (const auto& [name, sum] : fields) add_number(*sum, tokens.find_field_unordered(name));
}

// Most results have none of them, and a substring search is much faster than parsing.
bool may_have_usage(std::string_view result) {
  for (const std::string_view key : {"\"tokenUsage\"", "\"cost\"", "\"cached\"", "\"guardrails\""}) {
    if (::memmem(result.data(), result.size(), key.data(), key.size()) != nullptr) return true;
  }
  return false;
}

std::uint64_t whole(double number) { return static_cast<std::uint64_t>(std::min(number, 9e18)); }

std::string count_text(double number) { return with_separators(whole(number)); }

}  // namespace

void ResultUsage::add(std::string_view result) {
  if (!is_object(trim(result)) || !may_have_usage(result)) return;
  const simdjson::padded_string padded(result);
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return;
  ondemand::object inner;
  if (document.find_field_unordered("tokenUsage").get_object().get(inner) == simdjson::SUCCESS)
    add_tokens(*this, inner);
  document.rewind();
  add_number(cost, document.find_field_unordered("cost"));
  document.rewind();
  add_flag(cached, document.find_field_unordered("cached"));
  document.rewind();
  if (document.find_field_unordered("guardrails").get_object().get(inner) == simdjson::SUCCESS) {
    add_flag(flagged, inner.find_field_unordered("flagged"));
  }
}

bool ResultUsage::empty() const {
  return total_tokens + prompt_tokens + completion_tokens + cached_tokens + requests + cost == 0 && cached == 0 &&
         flagged == 0;
}

std::string usage_text(const ResultUsage& usage) {
  std::string tokens;
  std::string text;
  const auto append = [](std::string& to, const std::string& part) { to += (to.empty() ? "" : ", ") + part; };
  if (usage.prompt_tokens > 0) append(tokens, count_text(usage.prompt_tokens) + " prompt");
  if (usage.completion_tokens > 0) append(tokens, count_text(usage.completion_tokens) + " completion");
  if (usage.cached_tokens > 0) append(tokens, count_text(usage.cached_tokens) + " cached");
  if (usage.total_tokens > 0) {
    append(text, count_text(usage.total_tokens) + (whole(usage.total_tokens) == 1 ? " token" : " tokens") +
                     (tokens.empty() ? "" : " (" + tokens + ")"));
  } else if (!tokens.empty()) {
    append(text, "tokens: " + tokens);
  }
  if (usage.requests > 0) append(text, count_text(usage.requests) + (usage.requests == 1 ? " request" : " requests"));
  if (usage.cost > 0) append(text, fmt::format("cost {:.6g}", usage.cost));
  if (usage.cached > 0)
    append(text, with_separators(usage.cached) + (usage.cached == 1 ? " cached result" : " cached results"));
  if (usage.flagged > 0) append(text, with_separators(usage.flagged) + " flagged by guardrails");
  return text;
}

nlohmann::ordered_json to_json(const ResultUsage& usage) {
  return {{"token_usage",
           {{"total", whole(usage.total_tokens)},
            {"prompt", whole(usage.prompt_tokens)},
            {"completion", whole(usage.completion_tokens)},
            {"cached", whole(usage.cached_tokens)},
            {"num_requests", whole(usage.requests)}}},
          {"cost", usage.cost},
          {"cached", usage.cached},
          {"flagged", usage.flagged}};
}

}  // namespace provider_host::cli
