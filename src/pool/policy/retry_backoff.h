#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "pool/call/call_state.h"
#include "pool/reactor/timer.h"

namespace provider_host::internal {

/// The calls that wait to be run again after a crash. Belongs to the reactor thread.
class RetryBackoff {
 public:
  explicit RetryBackoff(TimerQueue& timers) : timers_(timers) {}

  /// `retry` runs at that time; it calls remove() once the call is queued again. When add() throws, nothing has
  /// changed.
  void add(const CallPtr& call, TimePoint at, std::function<void()> retry) {
    Timer timer(timers_);
    timer.arm(at, std::move(retry));
    waiting_.try_emplace(call->id, Entry{call, std::move(timer)});
  }
  void remove(const CallState& call) { waiting_.erase(call.id); }
  [[nodiscard]] bool contains(const CallState& call) const { return waiting_.contains(call.id); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  /// By id.
  [[nodiscard]] std::vector<CallPtr> calls() const {
    std::vector<CallPtr> calls;
    calls.reserve(waiting_.size());
    for (const auto& [id, entry] : waiting_) calls.push_back(entry.call);
    return calls;
  }

 private:
  struct Entry {
    CallPtr call;
    Timer timer;
  };

  TimerQueue& timers_;
  std::map<std::uint64_t, Entry> waiting_;
};

}  // namespace provider_host::internal
