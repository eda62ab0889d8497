#include "host/platform/main_thread.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "host/platform/raw_calls.h"

namespace provider_host::host {

// The main thread's id is the process's. Without tgkill(2) the signal goes to the process, and the kernel prefers that
// thread.
void signal_main_thread(int signal) {
  if (::syscall(SYS_tgkill, ::getpid(), ::getpid(), signal) != 0) raw_kill(::getpid(), signal);
}

bool is_main_thread() { return ::syscall(SYS_gettid) == ::getpid(); }

}  // namespace provider_host::host
