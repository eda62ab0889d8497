#include "cli/io/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "cli/exit_code.h"
#include "platform/ignored_signals.h"
#include "platform/thread.h"

namespace provider_host::cli {
namespace {

constexpr int kEndSignal = SIGUSR1;  // ends our thread; a stray one from outside is blocked and has no other effect

sigset_t watched(Signals::Hangups hangups) {
  sigset_t set;
  sigemptyset(&set);
  if (hangups == Signals::Hangups::kYes) sigaddset(&set, SIGHUP);
  // Of a program in the background, Ctrl-C is not meant for it.
  if (!platform::is_ignored(SIGINT)) sigaddset(&set, SIGINT);
  for (const int signal : {SIGTERM, kEndSignal}) sigaddset(&set, signal);
  return set;
}

volatile std::sig_atomic_t g_arrived = 0;

void note_arrival(int signal) { g_arrived = signal; }

// sigwait() without the system call of that name: a handler notes which signal has come while this thread, and none but
// this, lets them through. They are blocked while it runs, so each comes by itself.
int wait_with_handlers(const sigset_t& set) {
  struct sigaction action {};
  action.sa_handler = note_arrival;
  sigfillset(&action.sa_mask);
  sigset_t others;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &others);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&set, signal) != 1) continue;
    ::sigaction(signal, &action, nullptr);
    sigdelset(&others, signal);
  }
  g_arrived = 0;
  while (g_arrived == 0) ::sigsuspend(&others);
  return g_arrived;
}

int wait_for(const sigset_t& set) {
  int signal = 0;
  return ::sigwait(&set, &signal) == 0 ? signal : wait_with_handlers(set);
}

}  // namespace

Signals::Signals(Hangups hangups) {
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  const sigset_t set = watched(hangups);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = platform::start_thread("the thread for signals", [this, hangups] { run(hangups); });
}

Signals::~Signals() {
  // Without tgkill(2) it goes to the process, in which only that thread waits for it.
  if (::pthread_kill(thread_.native_handle(), kEndSignal) != 0) ::kill(::getpid(), kEndSignal);
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
    const int signal = wait_for(set);
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
