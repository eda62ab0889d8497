#pragma once

#include "base/mutex.h"
#include "pool/call/call_list.h"
#include "pool/call/call_state.h"

namespace provider_host::internal {

/// The streams whose readers have read so much that their hosts are to be told (StreamItems::is_credit_due). Needs no
/// memory.
class CreditRequests {
 public:
  /// Any thread.
  void request(const CallPtr& call) noexcept {
    const MutexLock lock(mutex_);
    if (call->is_credit_requested) return;
    call->is_credit_requested = true;
    calls_.push_back(call);
  }

  /// The oldest one, if any. The reactor thread.
  [[nodiscard]] CallPtr take() noexcept {
    const MutexLock lock(mutex_);
    if (calls_.empty()) return nullptr;
    CallPtr call = calls_.pop_front();
    call->is_credit_requested = false;
    return call;
  }

 private:
  Mutex mutex_;
  CallList<&CallState::next_credit_request> calls_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::internal
