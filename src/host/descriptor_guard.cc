#include "host/descriptor_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/close_around.h"
#include "host/platform/raw_calls.h"
#include "platform/descriptors.h"

namespace provider_host::host {
namespace {

Channels::Numbers g_guarded{-1, -1, -1, -1};

bool is_guarded(int fd) { return fd >= 0 && !in_forked_child() && std::ranges::find(g_guarded, fd) != g_guarded.end(); }

int no_such_descriptor() {
  errno = EBADF;
  return -1;
}

// Everything in the range but for what is guarded; a forked child has nothing to guard.
template <typename Close>
bool close_others(unsigned first, unsigned last, Close close) {
  return in_forked_child() ? first > last || close(first, last) : close_around(g_guarded, first, last, close);
}

[[maybe_unused]] int close_range_but_guarded(unsigned first, unsigned last, int flags) {
  if (first > last || (flags & kCloseRangeOnExec) != 0) return raw_close_range(first, last, flags);
  const auto close = [&](unsigned from, unsigned to) { return raw_close_range(from, to, flags) == 0; };
  return close_others(first, last, close) ? 0 : -1;
}

}  // namespace

void guard_descriptors(const Channels& channels) { g_guarded = channels.numbers(); }

}  // namespace provider_host::host

// These shadow libc's, for every library of the process.

extern "C" {
[[gnu::visibility("default")]] int close(int fd) {
  if (provider_host::host::is_guarded(fd)) return provider_host::host::no_such_descriptor();
  return provider_host::host::raw_close(fd);
}

[[gnu::visibility("default")]] int dup2(int from, int to) noexcept(provider_host::host::kLibcIsNoexcept) {
  if (provider_host::host::is_guarded(to)) return provider_host::host::no_such_descriptor();
  // dup3 refuses a copy onto itself, dup2 only checks it.
  if (from == to) return ::fcntl(from, F_GETFD) < 0 ? -1 : to;
  return provider_host::host::raw_dup3(from, to, 0);
}

#ifndef __APPLE__  // which has none of them

// Not every system declares these, or declares them alike.
[[gnu::visibility("default")]] int host_close_range(unsigned first, unsigned last, int flags) asm("close_range");
[[gnu::visibility("default")]] void host_closefrom(int first) asm("closefrom");
[[gnu::visibility("default")]] int host_dup3(int from, int to, int flags) asm("dup3");

int host_close_range(unsigned first, unsigned last, int flags) {
  return provider_host::host::close_range_but_guarded(first, last, flags);
}

void host_closefrom(int first) {
  provider_host::host::close_others(static_cast<unsigned>(std::max(first, 0)), ~0U,
                                    provider_host::platform::close_descriptors);
}

int host_dup3(int from, int to, int flags) {
  if (provider_host::host::is_guarded(to)) return provider_host::host::no_such_descriptor();
  return provider_host::host::raw_dup3(from, to, flags);
}

#endif
}
