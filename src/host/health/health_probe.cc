#include "host/health/health_probe.h"

#include <pybind11/pybind11.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <system_error>
#include <thread>

#include "host/health/crash_recorder.h"
#include "host/platform/thread_count.h"
#include "host/python/bootstrap_modules.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;
using Clock = HealthProbe::Clock;

std::uint64_t microseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

// Schedules a callback on the event loop, if there is one.
void probe_loop(BootstrapModules& modules, std::uint64_t probe) {
  if (!modules.loaded("event_loop")) return;
  const auto start = Clock::now();
  const py::cpp_function callback([probe, start] {
    crash_record()->loop_us = microseconds_since(start);
    crash_record()->loop_responded = probe;
  });
  if (modules.function("event_loop", "call_soon")(callback).cast<bool>()) crash_record()->loop_probed = probe;
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

void HealthProbe::request(std::uint64_t probe) {
  if (crash_record() == nullptr) return;
  crash_record()->probes_seen = probe;
  const std::lock_guard lock(mutex_);
  if (modules_ == nullptr) return;
  requested_ = probe;
  requested_at_ = Clock::now();
  changed_.notify_one();
  if (!started_) start();
}

void HealthProbe::start() {
  try {
    std::thread([this] {
      exclude_thread_from_count();
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
  std::uint64_t done = 0;
  Clock::time_point requested_at;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return requested_ != done; });
      done = requested_;
      requested_at = requested_at_;
    }
    PyEval_RestoreThread(state);
    respond(done, requested_at);
    PyEval_SaveThread();
  }
}

void HealthProbe::respond(std::uint64_t probe, Clock::time_point requested_at) {
  crash_record()->gil_us = microseconds_since(requested_at);
  try {
    if (BootstrapModules* const modules = modules_) probe_loop(*modules, probe);
  } catch (const std::exception&) {
    // User code has broken the loop; nothing is reported about it.
  }
  crash_record()->gil_responded = probe;  // last, so that its reader sees whether the loop was probed
}

}  // namespace provider_host::host
