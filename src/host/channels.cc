#include "host/channels.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace provider_host::host {
namespace {

constexpr int kHighNumber = 1000;

// For the fork handler, which can be given nothing.
std::array<int, 3> g_numbers{-1, -1, -1};
bool g_forked_child = false;

void forget_channels() {
  g_forked_child = true;
  for (const int number : g_numbers) ::close(number);
}

int first_number() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kHighNumber + 3) return kHighNumber;
  return limit.rlim_cur > 32 ? static_cast<int>(limit.rlim_cur) - 16 : 3;
}

Fd moved(const Fd& from) {
  const int number = ::fcntl(from.get(), F_DUPFD_CLOEXEC, first_number());
  if (number < 0) throw std::system_error(errno, std::generic_category(), "cannot move a protocol descriptor");
  return Fd(number);
}

}  // namespace

Channels take_channels(Fd call, Fd control, Fd diagnostics) {
  Channels channels{moved(call), moved(control), moved(diagnostics)};
  g_numbers = {channels.call.get(), channels.control.get(), channels.diagnostics.get()};
  ::pthread_atfork(nullptr, nullptr, forget_channels);
  return channels;
}

bool in_forked_child() { return g_forked_child; }

}  // namespace provider_host::host
