#include "host/health/crash_recorder.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "host/health/diagnostics.h"
#include "host/platform/raw_calls.h"
#include "host/platform/stack_end.h"
#include "platform/resource_usage.h"
#include "wire/crash_record.h"
#include "wire/recall_word.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using wire::CrashRecord;

constexpr std::array<int, 5> kFatalSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kHandlerStack = std::size_t{64} << 10;
// How far beyond the end of a stack its overflow may fault, in pages: the kernel keeps such a gap below the main one.
constexpr std::uintptr_t kGuardPages = 256;

// Nothing here is ever destroyed: threads and handlers may still use it.
CrashRecord* g_record = nullptr;
pid_t g_pid = 0;  // that keeps it
std::uintptr_t g_page = 0;
PyObject* g_call_context = nullptr;
std::uint32_t g_calls_read = 0;
std::array<struct sigaction, kFatalSignals.size()> g_faulthandlers{};

thread_local std::uint64_t t_call = 0;
thread_local std::uintptr_t t_stack_end = 0;

// The call whose code this thread runs; 0 when there is none. May be called from a signal handler: whoever holds the
// GIL may look into its own context, as nobody else changes it.
std::uint64_t call_of_this_thread() {
  if (t_call != 0 || g_call_context == nullptr) return t_call;
  if (PyGILState_GetThisThreadState() == nullptr || PyGILState_Check() == 0) return 0;
  PyObject* value = nullptr;
  if (PyContextVar_Get(g_call_context, nullptr, &value) != 0 || value == nullptr) return 0;
  return PyLong_AsUnsignedLongLong(value);
}

void record_culprit(CrashRecord::Cause cause, int signal = 0) {
  if (!keeps_crash_record()) return;
  const std::uint64_t call = call_of_this_thread();
  if (call == 0) return;
  g_record->signal = static_cast<std::uint32_t>(signal);
  g_record->cause = cause;
  g_record->culprit = call;
}

// The last handler, once the stacks are written.
void last_fault_handler(int signal) {
  record_culprit(CrashRecord::kFatalSignal);
  ::signal(signal, SIG_DFL);
  // Without tgkill(2) it goes to the process.
  if (::raise(signal) != 0) raw_kill(::getpid(), signal);
}

// The first handler: only it gets the address of the fault.
void first_fault_handler(int signal, siginfo_t* info, void* /*context*/) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool is_fault = signal == SIGSEGV || signal == SIGBUS;
  if (is_fault && info->si_code > 0) abandon_broken_dump();
  if (g_record != nullptr && is_fault && info->si_code > 0 && t_stack_end != 0 &&
      at >= t_stack_end - kGuardPages * g_page && at < t_stack_end + kGuardPages / 16 * g_page) {
    g_record->stack_overflow = 1;
  }
  for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
    if (kFatalSignals[i] != signal) continue;
    if (g_faulthandlers[i].sa_handler == SIG_DFL || g_faulthandlers[i].sa_handler == SIG_IGN)
      return last_fault_handler(signal);
    g_faulthandlers[i].sa_handler(signal);
    last_fault_handler(signal);  // it could not raise the signal for that one
  }
}

struct HandlerStack {
  HandlerStack() : memory(std::make_unique<char[]>(kHandlerStack)) {
    stack_t stack{};
    stack.ss_sp = memory.get();
    stack.ss_size = kHandlerStack;
    ::sigaltstack(&stack, nullptr);
  }
  ~HandlerStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  std::unique_ptr<char[]> memory;
};

}  // namespace

void open_crash_record(CrashRecord& record) {
  g_record = &record;
  g_pid = ::getpid();
  g_page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  g_calls_read = 0;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  g_record->peak_rss_at_start = platform::peak_rss(usage);
  g_record->in_use = CrashRecord::kInUse;
  t_stack_end = end_of_stack();
}

bool keeps_crash_record() { return g_record != nullptr && ::getpid() == g_pid; }

CrashRecord* crash_record() { return g_record; }

void take_recalls() {
  if (g_record != nullptr) g_record->takes_recalls = CrashRecord::kInUse;
}

// It counts as read before it can no longer be taken back: a call that may run is never one that was not read.
bool record_call_read() {
  if (g_record == nullptr) return true;
  g_record->calls_read.fetch_add(1);
  return wire::begin_call(g_record->recall, ++g_calls_read);
}

// The only writer. The time comes first: whoever sees that a call was served sees its time.
void record_call_served(std::chrono::nanoseconds duration) {
  if (g_record == nullptr) return;
  const auto add = [](std::atomic<std::uint64_t>& to, std::uint64_t value) {
    to.store(to.load(std::memory_order_relaxed) + value, std::memory_order_release);
  };
  add(g_record->served_ns, static_cast<std::uint64_t>(duration.count()));
  add(g_record->calls_served, 1);
}

void set_current_call(std::uint64_t call) { t_call = call; }

py::object call_context_variable() {
  if (g_call_context == nullptr) g_call_context = PyContextVar_New("provider_host_call", nullptr);
  if (g_call_context == nullptr) throw py::error_already_set();
  return py::reinterpret_borrow<py::object>(g_call_context);
}

void forget_call_context() { g_call_context = nullptr; }

void record_graceful_exit(bool has_children) {
  if (g_record != nullptr) g_record->childless = has_children ? 0 : 1;
}

void record_exec() {
  record_culprit(CrashRecord::kExecuted);
  g_record->executes = CrashRecord::kInUse;
}

void forget_exec() {
  if (keeps_crash_record()) g_record->executes = 0;
}

void exit_without_channels() {
  constexpr int kExit = 70;
  if (keeps_crash_record()) {
    record_culprit(CrashRecord::kLostChannels);
    g_record->cause = CrashRecord::kLostChannels;
  }
  constexpr std::string_view kText = "provider host: the script has closed the descriptors of its host\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  raw_exit(kExit);
}

void install_fault_handlers_before_faulthandler() {
  struct sigaction action {};
  action.sa_handler = last_fault_handler;
  action.sa_flags = SA_NODEFER | SA_ONSTACK;
  for (const int signal : kFatalSignals) ::sigaction(signal, &action, nullptr);
}

void install_fault_handlers_after_faulthandler() {
  struct sigaction action {};
  action.sa_sigaction = first_fault_handler;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
    ::sigaction(kFatalSignals[i], &action, &g_faulthandlers[i]);
  }
}

void prepare_thread_for_faults() {
  thread_local const HandlerStack stack;
  if (t_stack_end == 0) t_stack_end = end_of_stack();
}

}  // namespace provider_host::host

// These shadow libc's, for every library of the process: the executable's symbols come first.

extern "C" [[gnu::noreturn, gnu::visibility("default")]] void _exit(int code) {
  provider_host::host::record_culprit(provider_host::wire::CrashRecord::kExit);
  provider_host::host::raw_exit(code);
}

extern "C" [[gnu::visibility("default")]] int kill(pid_t pid,
                                                   int signal) noexcept(provider_host::host::kLibcIsNoexcept) {
  if (signal != 0 && (pid == 0 || pid == ::getpid() || pid == -::getpgrp())) {
    provider_host::host::record_culprit(provider_host::wire::CrashRecord::kSignalledItself, signal);
  }
  return provider_host::host::raw_kill(pid, signal);
}

// As libc's, through the one above.
extern "C" [[gnu::visibility("default")]] int killpg(pid_t group,
                                                     int signal) noexcept(provider_host::host::kLibcIsNoexcept) {
  if (group >= 0) return kill(-group, signal);
  errno = EINVAL;
  return -1;
}
