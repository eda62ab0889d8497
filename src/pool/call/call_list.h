#pragma once

#include <cstddef>
#include <utility>

#include "pool/call/call_state.h"

namespace provider_host::internal {

/// Calls in a line, first in, first out. They are linked through kNext, so adding one needs no memory; a call is in one
/// list with the same kNext at most. Not thread-safe.
template <CallPtr CallState::*kNext>
class CallList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void push_back(CallPtr call) noexcept {
    CallState* const last = call.get();
    (last_ == nullptr ? first_ : last_->*kNext) = std::move(call);
    last_ = last;
    ++size_;
  }
  /// Moves all of the other list to the end of this one.
  void append(CallList& other) noexcept {
    if (other.empty()) return;
    (last_ == nullptr ? first_ : last_->*kNext) = std::move(other.first_);
    last_ = std::exchange(other.last_, nullptr);
    size_ += std::exchange(other.size_, 0);
  }
  /// There must be one.
  [[nodiscard]] const CallPtr& front() const { return first_; }
  /// There must be one.
  CallPtr pop_front() noexcept {
    CallPtr call = std::move(first_);
    first_ = std::move((*call).*kNext);
    if (first_ == nullptr) last_ = nullptr;
    --size_;
    return call;
  }

 private:
  CallPtr first_;
  CallState* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace provider_host::internal
