#include "platform/pidfd.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace provider_host::platform {

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

void signal_pidfd(int pidfd, int signal) { ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0); }

}  // namespace provider_host::platform
