#include "cli/io/signals.h"

#include <pthread.h>
#include <signal.h>

#include <cstdlib>

#include "cli/exit_code.h"
#include "platform/ignored_signals.h"
#include "platform/thread.h"

namespace provider_host::cli {
namespace {

constexpr int kEndSignal = SIGUSR1;  // ends our thread; a stray one from outside is blocked and has no other effect

sigset_t watched(Signals::Hangups hangups) {
  sigset_t set;
  ::sigemptyset(&set);
  if (hangups == Signals::Hangups::kYes) ::sigaddset(&set, SIGHUP);
  // Of a program in the background, Ctrl-C is not meant for it.
  if (!platform::is_ignored(SIGINT)) ::sigaddset(&set, SIGINT);
  for (const int signal : {SIGTERM, kEndSignal}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals(Hangups hangups) {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  const sigset_t set = watched(hangups);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = platform::start_thread("the thread for signals", [this, hangups] { run(hangups); });
}

Signals::~Signals() {
  ::pthread_kill(thread_.native_handle(), kEndSignal);
  thread_.join();
}

void Signals::handle(Handler handler) {
  const MutexLock lock(mutex_);
  handler_ = std::move(handler);
}

void Signals::handle_hangup(std::function<void()> handler) {
  const MutexLock lock(mutex_);
  hangup_handler_ = std::move(handler);
}

void Signals::run(Hangups hangups) {
  const sigset_t set = watched(hangups);
  for (int count = 1; true;) {
    int signal = 0;
    ::sigwait(&set, &signal);
    if (signal == kEndSignal) return;
    const MutexLock lock(mutex_);
    if (signal == SIGHUP) {
      if (hangup_handler_) hangup_handler_();
      continue;
    }
    last_ = signal;
    if (!handler_) std::_Exit(kInterrupted);
    handler_(count++);
  }
}

}  // namespace provider_host::cli
