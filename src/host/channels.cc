#include "host/channels.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/platform/pool_process.h"
#include "host/platform/raw_calls.h"
#include "platform/resource_limit.h"

namespace provider_host::host {
namespace {

constexpr int kHighNumber = 1000;

// For the fork handler, which takes no argument.
Channels::Numbers g_numbers{-1, -1, -1, -1};
bool g_forked_child = false;
bool g_next_fork_is_host = false;

void forget_channels() {
  if (g_next_fork_is_host) return;
  g_forked_child = true;
  for (const int number : g_numbers) ::close(number);
}

int first_number() {
  rlimit limit{};
  if (platform::get_limit(RLIMIT_NOFILE, limit) != 0 || limit.rlim_cur >= kHighNumber + g_numbers.size())
    return kHighNumber;
  return limit.rlim_cur > 32 ? static_cast<int>(limit.rlim_cur) - 16 : 3;
}

Fd moved(const Fd& from) {
  const int number = ::fcntl(from.get(), F_DUPFD_CLOEXEC, first_number());
  if (number < 0) throw std::system_error(errno, std::generic_category(), "cannot move a protocol descriptor");
  return Fd(number);
}

Fd process_of_pool(const Fd& control) {
  const Fd process = watch_pool_process(control);
  if (!process && errno == ESRCH) ::_exit(0);  // it ended before this host began
  return process ? moved(process) : Fd();
}

}  // namespace

Channels take_channels(Fd call, Fd control, Fd diagnostics) {
  Channels channels{moved(call), moved(control), moved(diagnostics), process_of_pool(control)};
  g_numbers = channels.numbers();
  ::pthread_atfork(nullptr, nullptr, forget_channels);
  return channels;
}

bool in_forked_child() { return g_forked_child; }

pid_t fork_with_channels() {
  g_next_fork_is_host = true;
  const pid_t pid = ::fork();
  g_next_fork_is_host = false;
  return pid;
}

// Past the guard in front of libc's functions (descriptor_guard.h).
void replace_channels(const Fd& call, const Fd& control, const Fd& diagnostics) {
  const std::array from{call.get(), control.get(), diagnostics.get()};
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (raw_dup3(from[i], g_numbers[i], O_CLOEXEC) < 0)
      throw std::system_error(errno, std::generic_category(), "cannot take over a channel");
  }
}

}  // namespace provider_host::host
