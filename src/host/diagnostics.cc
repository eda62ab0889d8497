#include "host/diagnostics.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

namespace provider_host::host {
namespace {

std::atomic<int> g_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

// faulthandler dumps first, then hands the signal on to this handler.
void mark_end_of_dump(int /*signal*/) {
  constexpr std::string_view kMarker = "=== end of dump ===\n";
  const int saved = errno;
  [[maybe_unused]] const auto written = ::write(g_fd.load(std::memory_order_relaxed), kMarker.data(), kMarker.size());
  errno = saved;
}

}  // namespace

int dump_signal() { return SIGRTMAX - 3; }
int cancel_signal() { return SIGRTMAX - 4; }

void install_dump_marker(int fd) {
  g_fd = fd;
  struct sigaction action {};
  action.sa_handler = mark_end_of_dump;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(dump_signal(), &action, nullptr);
  action.sa_handler = [](int) {};
  ::sigaction(cancel_signal(), &action, nullptr);
}

}  // namespace provider_host::host
