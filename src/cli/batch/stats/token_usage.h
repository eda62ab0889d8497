#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// The sums of the fields `tokenUsage`, `cost`, `cached` and `guardrails` in the results of a run, as promptfoo defines
/// them. A field of another type, or a negative number, is ignored. A plain value.
struct ResultUsage {
  double total_tokens = 0;
  double prompt_tokens = 0;
  double completion_tokens = 0;
  double cached_tokens = 0;
  double requests = 0;  ///< `tokenUsage.numRequests`
  double cost = 0;
  std::uint64_t cached = 0;   ///< Results with `cached` true.
  std::uint64_t flagged = 0;  ///< Results with `guardrails.flagged` true.

  /// Adds the fields of a result, which is valid JSON.
  void add(std::string_view result);

  [[nodiscard]] bool empty() const;
};

/// `1,234 tokens (1,000 prompt, 234 completion), cost 0.0123, 3 cached`, without what is zero.
std::string usage_text(const ResultUsage& usage);

/// An object with every member; `token_usage` has the numbers of tokens and of requests.
nlohmann::ordered_json to_json(const ResultUsage& usage);

}  // namespace provider_host::cli
