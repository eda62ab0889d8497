#include "host/health/health_probe.h"

#include <pybind11/pybind11.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <system_error>
#include <thread>

#include "host/health/crash_recorder.h"
#include "host/health/thread_count.h"
#include "host/python/bootstrap_modules.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using Clock = HealthProbe::Clock;

std::uint64_t microseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

// Asks the event loop, if there is one, to say when it turns.
void ask_loop(BootstrapModules& modules, std::uint64_t probe) {
  if (!modules.loaded("event_loop")) return;
  const auto start = Clock::now();
  const py::cpp_function turned([probe, start] {
    crash_record()->loop_us = microseconds_since(start);
    crash_record()->loop_responded = probe;
  });
  if (modules.function("event_loop", "call_soon")(turned).cast<bool>()) crash_record()->loop_probed = probe;
}

}  // namespace

void HealthProbe::set_bootstrap_modules(BootstrapModules& modules) {
  const std::lock_guard lock(mutex_);
  modules_ = &modules;
}

void HealthProbe::end() {
  const std::lock_guard lock(mutex_);
  modules_ = nullptr;
}

void HealthProbe::ask(std::uint64_t probe) {
  if (crash_record() == nullptr) return;
  crash_record()->probes_seen = probe;
  const std::lock_guard lock(mutex_);
  if (modules_ == nullptr) return;
  asked_ = probe;
  asked_at_ = Clock::now();
  changed_.notify_one();
  if (!started_) start();
}

void HealthProbe::start() {
  try {
    std::thread([this] {
      leave_thread_out_of_count();
      run();
    }).detach();  // it gets no signals, as this thread gets none
    started_ = true;
  } catch (const std::system_error&) {
    // No thread can be started now; the next probe tries again.
  }
}

// The thread keeps one thread state for good: where the main thread dumps stacks it walks through those of all threads
// without a lock, and must not meet one that is just being made or freed.
void HealthProbe::run() {
  PyGILState_Ensure();
  PyThreadState* const state = PyEval_SaveThread();
  std::uint64_t answered = 0;
  Clock::time_point asked_at;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return asked_ != answered; });
      answered = asked_;
      asked_at = asked_at_;
    }
    PyEval_RestoreThread(state);
    answer(answered, asked_at);
    PyEval_SaveThread();
  }
}

void HealthProbe::answer(std::uint64_t probe, Clock::time_point asked_at) {
  crash_record()->gil_us = microseconds_since(asked_at);
  try {
    if (BootstrapModules* const modules = modules_) ask_loop(*modules, probe);
  } catch (const std::exception&) {
    // A loop that user code has broken does not turn; nothing is said about it.
  }
  crash_record()->gil_responded = probe;  // last: whoever sees it sees whether a loop was asked
}

}  // namespace provider_host::host
