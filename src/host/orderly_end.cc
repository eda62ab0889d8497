#include "host/orderly_end.h"

#include <pybind11/pybind11.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>

#include "host/crash_recorder.h"
#include "host/diagnostics.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

// Python is about to take back its handlers; a signal that comes late would end the process.
void block_cancel_signal() {
  sigset_t late;
  ::sigemptyset(&late);
  ::sigaddset(&late, cancel_signal());
  ::pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

void finish(Support& support) {
  const py::object close =
      support.loaded("_host_loop") ? support.function("_host_loop", "close") : py::object(py::cpp_function([] {}));
  try {
    support.function("_host", "finish")(close);
  } catch (py::error_already_set&) {
  }
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

void end_orderly(Support& support, HealthProbe& health) {
  block_cancel_signal();
  finish(support);
  health.end();
  support.forget();
  forget_call_context();
  Py_FinalizeEx();
  record_end(has_children());
  std::exit(0);  // NOLINT(concurrency-mt-unsafe): what C libraries have registered runs under `python`, too
}

}  // namespace provider_host::host
