#include "host/descriptor_guard.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace provider_host::host {
namespace {

Channels::Numbers g_guarded{-1, -1, -1, -1};  // in ascending order

bool is_guarded(int fd) { return fd >= 0 && !in_forked_child() && std::ranges::find(g_guarded, fd) != g_guarded.end(); }

int no_such_descriptor() {
  errno = EBADF;
  return -1;
}

int close_range_now(unsigned first, unsigned last, int flags) {
  return first > last ? 0 : static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}

// Everything from `first` to `last` but for what is guarded.
int close_others(unsigned first, unsigned last, int flags) {
  if (in_forked_child() || (static_cast<unsigned>(flags) & CLOSE_RANGE_CLOEXEC) != 0 || first > last)
    return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
  for (const int fd : g_guarded) {
    const auto number = static_cast<unsigned>(fd);
    if (fd < 0 || number < first || number > last) continue;
    if (number > first && close_range_now(first, number - 1, flags) != 0) return -1;
    first = number + 1;
  }
  return close_range_now(first, last, flags);
}

}  // namespace

void guard_descriptors(const Channels& channels) {
  g_guarded = channels.numbers();
  std::ranges::sort(g_guarded);
}

}  // namespace provider_host::host

// These shadow libc's, for every library of the process.

extern "C" {
[[gnu::visibility("default")]] int close(int fd) {
  if (provider_host::host::is_guarded(fd)) return provider_host::host::no_such_descriptor();
  return static_cast<int>(::syscall(SYS_close, fd));
}

[[gnu::visibility("default")]] int close_range(unsigned first, unsigned last, int flags) noexcept {
  return provider_host::host::close_others(first, last, flags);
}

[[gnu::visibility("default")]] void closefrom(int first) noexcept {
  provider_host::host::close_others(static_cast<unsigned>(std::max(first, 0)), ~0U, 0);
}

[[gnu::visibility("default")]] int dup2(int from, int to) noexcept {
  if (provider_host::host::is_guarded(to)) return provider_host::host::no_such_descriptor();
  // dup3 refuses a copy onto itself, dup2 only checks it.
  if (from == to) return ::fcntl(from, F_GETFD) < 0 ? -1 : to;
  return static_cast<int>(::syscall(SYS_dup3, from, to, 0));
}

[[gnu::visibility("default")]] int dup3(int from, int to, int flags) noexcept {
  if (provider_host::host::is_guarded(to)) return provider_host::host::no_such_descriptor();
  return static_cast<int>(::syscall(SYS_dup3, from, to, flags));
}
}
