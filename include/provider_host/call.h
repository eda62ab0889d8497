#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

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

/// The API whose default function has this name; of a dotted name the last part counts (`Class.call_embedding_api`).
/// Nothing for any other name.
std::optional<Api> api_of_function(std::string_view function);

/// One request to run one function. A plain value.
struct Call {
  /// Empty: what the function's name says (`api_of_function`), else `kCall`; without a function `Pool::default_api()`.
  std::optional<Api> api;
  std::string function;           ///< Empty: the API's default. May be dotted: `Class.method`, `instance.method`.
  std::string args_json = "[]";   ///< The positional arguments, a JSON array as text; checked at submission.
  std::string args_error;         ///< Why the arguments have no JSON text (set by the functions below); not empty, it
                                  ///< makes the call an `invalid_request`.
  std::optional<double> timeout;  ///< Seconds a host may take, from when it has the call. Empty: the pool's. 0: none.
  std::optional<double>
      deadline;  ///< Seconds from submission to settling, whatever happens. Empty: the pool's. 0: none.

  /// Seconds that each item of a generator may take, the first included, from when the host has the call or its reader
  /// has made room for the item. Empty: the pool's. 0: none.
  std::optional<double> item_timeout;

  /// Calls with the same key go to the same host, one at a time and in the order of submission, so that a script may
  /// keep the state of a conversation in a variable. When that host ends (a crash, a timeout whose code does not end,
  /// recycling) the key goes on in another one, without the state; the pool logs a warning and counts it
  /// (`PoolStats::affinity_moves`). Empty: any host. The pool remembers the hosts of the 100,000 keys used last.
  std::string affinity;

  /// What quarantine (`PoolOptions::quarantine_after`) takes for the call's input; for arguments that hold something
  /// that no other call has. 0: function and arguments.
  std::uint64_t input = 0;

  /// How often it may be run again after its own code has crashed a host; only for code that may run twice.
  /// Empty: the pool's.
  std::optional<int> retries;
  /// Seconds that `submit` and `call` may wait for capacity in a full queue; 0: not at all. Empty: the pool's.
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
