#include "host/health/diagnostics.h"

#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

#include "host/platform/main_thread.h"
#include "host/platform/signals.h"

namespace provider_host::host {
namespace {

std::atomic<int> g_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void (*g_faulthandler)(int) = nullptr;
sigjmp_buf g_after_dump;
volatile sig_atomic_t g_is_dumping = 0;

void mark_end_of_dump(int /*signal*/) {
  constexpr std::string_view kMarker = "=== end of dump ===\n";
  const int saved = errno;
  [[maybe_unused]] const auto written = ::write(g_fd.load(std::memory_order_relaxed), kMarker.data(), kMarker.size());
  errno = saved;
}

// faulthandler walks through the frames of threads that run meanwhile. When a frame is freed meanwhile, the
// rest of this dump and all later ones are lost (faulthandler believes to be dumping still), but not the host.
void dump(int signal) {
  const int saved = errno;
  if (sigsetjmp(g_after_dump, 1) == 0) {
    g_is_dumping = 1;
    g_faulthandler(signal);
  } else {
    [[maybe_unused]] const auto written = ::write(g_fd.load(std::memory_order_relaxed), "\n", 1);
  }
  g_is_dumping = 0;
  errno = saved;
  mark_end_of_dump(signal);
}

}  // namespace

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

void put_dump_around_faulthandler() {
  struct sigaction action {};
  ::sigaction(dump_signal(), nullptr, &action);
  g_faulthandler = action.sa_handler;
  action.sa_handler = dump;
  ::sigaction(dump_signal(), &action, nullptr);
}

void abandon_broken_dump() {
  if (g_is_dumping != 0 && is_main_thread()) siglongjmp(g_after_dump, 1);
}

}  // namespace provider_host::host
