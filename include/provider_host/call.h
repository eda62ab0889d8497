#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace provider_host {

/// Which promptfoo API a call follows: its default function, its arguments, and what its result must contain.
enum class Api : std::uint8_t {
  kCall,            ///< `call_api(prompt, options, context)` → object with `output` or `error`.
  kEmbedding,       ///< `call_embedding_api(prompt, options)` → object with `embedding` or `error`.
  kClassification,  ///< `call_classification_api(prompt, options)` → object with `classification` or `error`.
  kNone,            ///< Any function, any positional arguments, any JSON value.
};

/// The API's default function, `call_api` for instance; empty for `kNone`.
std::string default_function(Api api);

/// One request to run one function. A plain value.
struct Call {
  Api api = Api::kCall;
  std::string function;           ///< Empty: the API's default. May be dotted: `Class.method`, `instance.method`.
  std::string args_json = "[]";   ///< The positional arguments, a JSON array as text; checked at submission.
  std::string args_problem;       ///< Why the arguments have no JSON text (set by the functions below); not empty, it
                                  ///< makes the call an `invalid_request`.
  std::optional<double> timeout;  ///< Seconds a host may take, from when it has the call. Empty: the pool's. 0: none.
  std::optional<double>
      deadline;  ///< Seconds from submission to settling, whatever happens. Empty: the pool's. 0: none.

  /// How often it may be run again after its own code has brought a host down; only for code that may run twice.
  /// Empty: the pool's.
  std::optional<int> retries;
  /// Seconds that `submit` and `call` may wait for room in a full queue; 0: not at all. Empty: the pool's.
  std::optional<double> queue_wait;

  /// The three arguments of `call_api`.
  static Call api_call(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object(),
                       const nlohmann::json& context = nlohmann::json::object());
  /// The two arguments of `call_embedding_api`.
  static Call embedding(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object());
  /// The two arguments of `call_classification_api`.
  static Call classification(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object());
  /// Any function of the script with any positional arguments; `args` must be an array.
  static Call of(std::string function, const nlohmann::json& args);
};

}  // namespace provider_host
