#include "platform/exit_thread.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "platform/pipes.h"
#include "platform/signal_mask.h"
#include "platform/thread.h"

namespace provider_host::platform {
namespace {

// A byte, as the end of the pipe would not come while a fork of this process holds a copy of the other end.
void wait_and_report(pid_t child, const Fd& pipe) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  static_cast<void>(!::write(pipe.get(), "", 1));
}

}  // namespace

Fd watch_exit_in_thread(pid_t child) {
  Ends pipe = make_pipe();
  const AllSignalsBlocked blocked;
  start_thread("the thread that waits for a host", [child, end = std::move(pipe.theirs)] {
    wait_and_report(child, end);
  }).detach();
  return std::move(pipe.ours);
}

}  // namespace provider_host::platform
