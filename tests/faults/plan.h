#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faults/fault.h"
#include "faults/random.h"

namespace provider_host::chaos {

/// How a call is made.
enum class CallMethod : std::uint8_t {
  kCallApi,         ///< `Pool::call_api`, blocking.
  kCall,            ///< `Pool::call`, blocking.
  kSubmit,          ///< `Pool::submit`, `get` later.
  kCallback,        ///< `Pool::submit` with a callback, `get` later too.
  kStream,          ///< `Pool::stream`, read with `next`.
  kPolledStream,    ///< `Pool::stream` with `on_readable`, read with `try_next`.
  kStreamCallback,  ///< `Pool::stream` with callbacks, `get` later.
};
inline constexpr int kPlainMethods = 4;
inline constexpr int kStreamMethods = 3;

constexpr bool is_stream(CallMethod method) { return method >= CallMethod::kStream; }

/// One call that a caller makes, and what goes wrong under it.
struct Step {
  std::uint64_t number = 0;      ///< From 0 in its thread.
  const Fault* fault = nullptr;  ///< Null: a plain call.
  CallMethod method = CallMethod::kCallApi;
  bool hostile = false;      ///< Goes to the pool of hostile hosts.
  bool async = false;        ///< Runs an async function.
  bool generator = false;    ///< Runs a function that streams.
  std::size_t pieces = 1;    ///< In which that yields the prompt, at most.
  std::size_t padding = 0;   ///< Bytes added to the prompt.
  std::uint64_t random = 0;  ///< For what the fault leaves open: whom, how long.

  [[nodiscard]] bool has(std::string_view name) const { return fault != nullptr && fault->name == name; }
};

/// The calls of one thread. They follow from the seed, the thread's number, the faults and their rate alone, not from
/// what happens to them. Not thread-safe.
class Plan {
 public:
  /// `faults` that are scenarios are passed over; `rate` is the share of calls with a fault, 0 to 1. With `hostile`
  /// some plain calls go to the pool of hostile hosts.
  Plan(std::uint64_t seed, int thread, const std::vector<const Fault*>& faults, double rate, bool hostile);

  Step next();

 private:
  const Fault* draw();
  CallMethod draw_method(CallShape shape);

  Random random_;
  std::vector<const Fault*> faults_;
  double rate_;
  bool hostile_;
  double weights_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace provider_host::chaos
