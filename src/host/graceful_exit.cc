#include "host/graceful_exit.h"

#include <pybind11/pybind11.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>

#include "host/health/crash_recorder.h"
#include "host/platform/signals.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

// Python is about to remove its handlers; a late signal would then end the process.
void block_cancel_signal() {
  sigset_t late;
  sigemptyset(&late);
  sigaddset(&late, cancel_signal());
  ::pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

void finish(BootstrapModules& modules) {
  const py::object close =
      modules.loaded("event_loop") ? modules.function("event_loop", "close") : py::object(py::cpp_function([] {}));
  try {
    modules.function("lifecycle", "finish")(close);
  } catch (py::error_already_set&) {
  }
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

void exit_gracefully(BootstrapModules& modules, HealthProbe& health) {
  block_cancel_signal();
  finish(modules);
  health.end();
  if (modules.loaded("forked_host")) modules.function("forked_host", "unfreeze")();
  modules.clear();
  forget_call_context();
  Py_FinalizeEx();
  record_graceful_exit(has_children());
  std::exit(0);  // NOLINT(concurrency-mt-unsafe): what C libraries have registered runs under `python`, too
}

}  // namespace provider_host::host
