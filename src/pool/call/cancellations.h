#pragma once

#include <algorithm>

#include "base/mutex.h"
#include "pool/call/call_list.h"
#include "pool/call/call_state.h"

namespace provider_host::internal {

/// The calls that are to be cancelled. Needs no memory: a caller that has none left can still cancel.
class Cancellations {
 public:
  /// Any thread.
  void request(const CallPtr& call, CallState::CancelRequest kind) noexcept {
    const MutexLock lock(mutex_);
    if (call->cancel_request == CallState::CancelRequest::kNone) calls_.push_back(call);
    call->cancel_request = std::max(call->cancel_request, kind);
  }

  struct Request {
    CallPtr call;  ///< Empty: there is none.
    CallState::CancelRequest kind = CallState::CancelRequest::kNone;
  };
  /// The oldest one; it stays until done(). The reactor thread.
  [[nodiscard]] Request first() const {
    const MutexLock lock(mutex_);
    return calls_.empty() ? Request{} : Request{calls_.front(), calls_.front()->cancel_request};
  }
  /// The oldest one is done, unless more than that has been requested of its call since.
  void done(const Request& handled) noexcept {
    const MutexLock lock(mutex_);
    if (handled.call->cancel_request != handled.kind) return;
    calls_.pop_front()->cancel_request = CallState::CancelRequest::kNone;
  }

 private:
  mutable Mutex mutex_;
  CallList<&CallState::next_cancel_request> calls_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::internal
