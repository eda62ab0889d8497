#include "host/python/interpreter.h"

#include <pybind11/embed.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#if PY_VERSION_HEX >= 0x030E0000
// Not in a public header. `python` calls it before it runs a program, and sys.remote_exec() and `python -m pdb -p` look
// for the thread that did.
extern "C" __attribute__((weak)) int _PyInterpreterState_SetRunningMain(PyInterpreterState*);  // NOLINT
#endif

namespace provider_host::host {
namespace {

// Python itself only says what it has not found.
std::string hint_at_environment() {
  for (const auto& [name, why] : {std::pair{"PYTHONHOME", "it must hold the standard library of this Python; unset it"},
                                  std::pair{"PYTHONPATH", "it may lead to modules of another Python; unset it"}}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string(" (") + name + " is " + value + "; " + why + ")";
  }
  return "";
}

void check(const PyStatus& status, PyConfig& config) {
  if (PyStatus_Exception(status) == 0) return;
  const std::string message = status.err_msg != nullptr ? status.err_msg : "unknown reason";
  PyConfig_Clear(&config);
  throw std::runtime_error(message);
}

void initialize(const StartMessage& start) {
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  // Where the standard library and site-packages are follows from the executable; `home` would override a virtual
  // environment.
  check(PyConfig_SetBytesString(&config, &config.program_name, start.python.c_str()), config);
  check(PyConfig_SetBytesString(&config, &config.executable, start.python.c_str()), config);
  // Parsed as python's own command line: sys.orig_argv is all of it, sys.argv starts at the script.
  config.parse_argv = 1;
  config.install_signal_handlers = 1;
  const std::array<const char*, 2> argv{start.python.c_str(), start.script.c_str()};
  pybind11::initialize_interpreter(&config, static_cast<int>(argv.size()), argv.data(), false);
#if PY_VERSION_HEX >= 0x030E0000
  if (_PyInterpreterState_SetRunningMain != nullptr &&
      _PyInterpreterState_SetRunningMain(PyInterpreterState_Get()) != 0) {
    PyErr_Clear();
  }
#endif
}

}  // namespace

void start_interpreter(const StartMessage& start) {
  try {
    initialize(start);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(error.what() + hint_at_environment());
  }
}

}  // namespace provider_host::host
