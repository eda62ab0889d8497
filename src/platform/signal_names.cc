#include "platform/signal_names.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace provider_host::platform {
namespace {

struct Signal {
  int number;
  std::string_view name;
  std::string_view description;
};

// Those of POSIX, and what Linux or macOS have besides.
constexpr Signal kSignals[] = {
    {SIGHUP, "SIGHUP", "Hangup"},
    {SIGINT, "SIGINT", "Interrupt"},
    {SIGQUIT, "SIGQUIT", "Quit"},
    {SIGILL, "SIGILL", "Illegal instruction"},
    {SIGTRAP, "SIGTRAP", "Trace/breakpoint trap"},
    {SIGABRT, "SIGABRT", "Aborted"},
    {SIGBUS, "SIGBUS", "Bus error"},
    {SIGFPE, "SIGFPE", "Floating point exception"},
    {SIGKILL, "SIGKILL", "Killed"},
    {SIGUSR1, "SIGUSR1", "User defined signal 1"},
    {SIGSEGV, "SIGSEGV", "Segmentation fault"},
    {SIGUSR2, "SIGUSR2", "User defined signal 2"},
    {SIGPIPE, "SIGPIPE", "Broken pipe"},
    {SIGALRM, "SIGALRM", "Alarm clock"},
    {SIGTERM, "SIGTERM", "Terminated"},
    {SIGCHLD, "SIGCHLD", "Child exited"},
    {SIGCONT, "SIGCONT", "Continued"},
    {SIGSTOP, "SIGSTOP", "Stopped (signal)"},
    {SIGTSTP, "SIGTSTP", "Stopped"},
    {SIGTTIN, "SIGTTIN", "Stopped (tty input)"},
    {SIGTTOU, "SIGTTOU", "Stopped (tty output)"},
    {SIGURG, "SIGURG", "Urgent I/O condition"},
    {SIGXCPU, "SIGXCPU", "CPU time limit exceeded"},
    {SIGXFSZ, "SIGXFSZ", "File size limit exceeded"},
    {SIGVTALRM, "SIGVTALRM", "Virtual timer expired"},
    {SIGPROF, "SIGPROF", "Profiling timer expired"},
    {SIGWINCH, "SIGWINCH", "Window changed"},
    {SIGIO, "SIGIO", "I/O possible"},
    {SIGSYS, "SIGSYS", "Bad system call"},
#ifdef SIGPWR
    {SIGPWR, "SIGPWR", "Power failure"},
#endif
#ifdef SIGSTKFLT
    {SIGSTKFLT, "SIGSTKFLT", "Stack fault"},
#endif
#ifdef SIGEMT
    {SIGEMT, "SIGEMT", "EMT trap"},
#endif
#ifdef SIGINFO
    {SIGINFO, "SIGINFO", "Information request"},
#endif
};

const Signal* find(int number) {
  const auto* const found = std::ranges::find(kSignals, number, &Signal::number);
  return found != std::ranges::end(kSignals) ? found : nullptr;
}

}  // namespace

std::string signal_name(int signal) {
  if (const Signal* const found = find(signal)) return std::string(found->name);
#ifdef SIGRTMIN
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
#endif
  return "signal " + std::to_string(signal);
}

std::string signal_description(int signal) {
  const Signal* const found = find(signal);
  return found != nullptr ? std::string(found->description) : "";
}

}  // namespace provider_host::platform
