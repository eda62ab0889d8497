#pragma once

#include <algorithm>

#include "base/mutex.h"
#include "pool/call/call_list.h"
#include "pool/call/call_state.h"

namespace provider_host::internal {

/// The calls that somebody wants to end before they have settled. Needs no memory: whoever has none can still cancel.
class Cancellations {
 public:
  /// Any thread.
  void ask(const CallPtr& call, CallState::Wish wish) noexcept {
    const MutexLock lock(mutex_);
    if (call->wish == CallState::Wish::kNone) calls_.push_back(call);
    call->wish = std::max(call->wish, wish);
  }

  struct Wish {
    CallPtr call;  ///< Empty: there is none.
    CallState::Wish wish = CallState::Wish::kNone;
  };
  /// The oldest one; it stays until done(). The reactor's thread.
  [[nodiscard]] Wish first() const {
    const MutexLock lock(mutex_);
    return calls_.empty() ? Wish{} : Wish{calls_.front(), calls_.front()->wish};
  }
  /// The oldest one has been granted, unless more than that is wanted of its call by now.
  void done(const Wish& granted) noexcept {
    const MutexLock lock(mutex_);
    if (granted.call->wish != granted.wish) return;
    calls_.pop_front()->wish = CallState::Wish::kNone;
  }

 private:
  mutable Mutex mutex_;
  CallList<&CallState::next_wish> calls_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::internal
