#pragma once

#include <signal.h>
#include <time.h>

namespace provider_host::host {

/// While it lives, the calling thread gets no SIGCHLD, and none for a child that ended meanwhile comes later: a handler
/// of the script would wait for children that it does not know.
class ChildSignalBlocked {
 public:
  ChildSignalBlocked() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~ChildSignalBlocked() {
    const timespec now{};
    ::sigtimedwait(&signal_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  ChildSignalBlocked(const ChildSignalBlocked&) = delete;
  ChildSignalBlocked& operator=(const ChildSignalBlocked&) = delete;

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

}  // namespace provider_host::host
