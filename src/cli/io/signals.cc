#include "cli/io/signals.h"

#include <pthread.h>
#include <signal.h>

#include <cstdlib>

#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

constexpr int kEndSignal = SIGUSR1;  // ends our thread; a stray one from outside is blocked and has no other effect

sigset_t watched() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, kEndSignal}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { run(); });
}

Signals::~Signals() {
  ::pthread_kill(thread_.native_handle(), kEndSignal);
  thread_.join();
}

void Signals::handle(Handler handler) {
  const MutexLock lock(mutex_);
  handler_ = std::move(handler);
}

void Signals::run() {
  const sigset_t set = watched();
  for (int count = 1; true; ++count) {
    int signal = 0;
    ::sigwait(&set, &signal);
    if (signal == kEndSignal) return;
    const MutexLock lock(mutex_);
    if (!handler_) std::_Exit(kInterrupted);
    handler_(count);
  }
}

}  // namespace provider_host::cli
