#pragma once

#include <utility>

#include "pool/call_state.h"

namespace provider_host::internal {

/// Calls in a line, first in, first out. They are linked through CallState::next, so adding one needs no memory; a call
/// is in one list at most. Not thread-safe.
class CallList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  void push_back(CallPtr call) noexcept {
    CallState* const last = call.get();
    (last_ == nullptr ? first_ : last_->next) = std::move(call);
    last_ = last;
  }
  /// There must be one.
  CallPtr pop_front() noexcept {
    CallPtr call = std::move(first_);
    first_ = std::move(call->next);
    if (first_ == nullptr) last_ = nullptr;
    return call;
  }

 private:
  CallPtr first_;
  CallState* last_ = nullptr;
};

}  // namespace provider_host::internal
