#include "host/template/fork_safety.h"

#include <pybind11/pybind11.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "host/template/trial_fork.h"
#include "platform/pidfd.h"
#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

std::string reason_not_to_fork(BootstrapModules& modules, const Script& script, const Channels::Numbers& ours,
                               const platform::SharedMemory& memory) {
  if (!platform::open_pidfd(::getpid())) {
    return "the system refuses descriptors of processes, which a template needs (pidfd_open: " +
           std::string(std::strerror(errno)) + ")";
  }
  try {
    py::list descriptors;
    for (const int number : ours) descriptors.append(number);
    const py::object module = script.module();
    return modules
        .function("fork_safety", "reason")(module, script.path(), static_cast<bool>(script.host_start()), descriptors,
                                           reinterpret_cast<std::uintptr_t>(memory.data()),
                                           py::cpp_function([&modules] { return try_fork(modules); }))
        .cast<std::string>();
  } catch (py::error_already_set& raised) {
    return "whether it is safe could not be found out: " +
           py::str(values::take_python_error(raised)).cast<std::string>();
  }
}

}  // namespace provider_host::host
