#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "provider_host/error.h"

namespace provider_host {

/// How one call ended: with a result or with one error. A plain value, safe to move between threads.
///
/// The result stays the JSON text that the host wrote; it is parsed when `value()` asks for it.
class Outcome {
 public:
  Outcome() = default;
  static Outcome success(std::string json_text) { return Outcome(std::move(json_text)); }
  /// `json_text` points into what `owner` keeps alive, with one readable byte behind it. So the pool passes on large
  /// results without copying them.
  static Outcome success(std::shared_ptr<const void> owner, std::string_view json_text) {
    return Outcome(Shared{std::move(owner), json_text});
  }
  static Outcome failure(Error error) { return Outcome(std::move(error)); }

  [[nodiscard]] bool ok() const noexcept { return !std::holds_alternative<SharedError>(state_); }
  explicit operator bool() const noexcept { return ok(); }

  /// The result as JSON text (valid UTF-8 JSON, one line); valid as long as this outcome. Requires `ok()`; throws
  /// std::bad_variant_access otherwise.
  [[nodiscard]] std::string_view json() const {
    if (const auto* shared = std::get_if<Shared>(&state_)) return shared->text;
    return std::get<std::string>(state_);
  }

  /// The result, parsed anew at each call. Requires `ok()`. Integers beyond 64 bits become doubles here; `json()`
  /// keeps every digit.
  [[nodiscard]] nlohmann::json value() const;

  /// Why the call failed. Requires `!ok()`; throws std::bad_variant_access otherwise.
  [[nodiscard]] const Error& error() const { return *std::get<SharedError>(state_); }

  double latency_ms = 0;    ///< Milliseconds from when a host got it to settling; from submission when none did.
  int host = 0;             ///< Number of the host (from 1) that had the call; 0 when none had.
  int pid = 0;              ///< Process id of that host; 0 when none had it.
  std::string stdout_text;  ///< What the script printed during the call, when `PoolOptions::capture` is set.
  std::string stderr_text;  ///< The same for stderr.

 private:
  struct Shared {
    std::shared_ptr<const void> owner;
    std::string_view text;
  };
  using SharedError = std::shared_ptr<const Error>;  // errors are large, rare and often copied

  explicit Outcome(std::string json_text) : state_(std::move(json_text)) {}
  explicit Outcome(Shared json_text) : state_(std::move(json_text)) {}
  explicit Outcome(Error error) : state_(std::make_shared<const Error>(std::move(error))) {}

  std::variant<std::string, Shared, SharedError> state_{std::string("null")};
};

}  // namespace provider_host
