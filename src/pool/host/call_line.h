#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

#include "pool/call/call_state.h"
#include "pool/reactor/timer.h"

namespace provider_host::internal {

/// The calls that were sent to a host ahead of their turn, behind the one that it runs, in the order in which it will
/// begin them. Pure; not thread-safe.
class CallLine {
 public:
  struct Entry {
    CallPtr call;
    Timer deadline;            ///< Ends its wait; not armed for a call without a deadline.
    bool is_recalled = false;  ///< The host will never begin it.
  };

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Of the frames of all.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  std::deque<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  [[nodiscard]] bool contains(const CallState& call) const { return position_of(call) != entries_.end(); }

  void push_back(const CallPtr& call, Timer deadline) {
    entries_.push_back({call, std::move(deadline)});
    bytes_ += call->frame_size();
  }
  /// There must be one.
  void pop_front() {
    bytes_ -= entries_.front().call->frame_size();
    entries_.pop_front();
  }
  /// Returns whether the call was there.
  bool remove(const CallState& call) {
    const auto found = position_of(call);
    if (found == entries_.end()) return false;
    bytes_ -= call.frame_size();
    entries_.erase(found);
    return true;
  }

 private:
  [[nodiscard]] std::deque<Entry>::const_iterator position_of(const CallState& call) const {
    return std::ranges::find(entries_, &call, [](const Entry& entry) { return entry.call.get(); });
  }

  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace provider_host::internal
