#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::host {

/// The Python part of the host: the modules in src/host/python/*.py, compiled in as text. A module is executed at its
/// first use, in a namespace that no user code can see; it is not in sys.modules. Needs the GIL; lives as long
/// as the process.
class BootstrapModules {
 public:
  BootstrapModules() = default;
  BootstrapModules(const BootstrapModules&) = delete;
  BootstrapModules& operator=(const BootstrapModules&) = delete;

  /// The function `name` of the module `module`, such as `errors`. Throws pybind11::error_already_set.
  pybind11::object function(const char* module, const char* name);

  /// Releases all modules and what they refer to. No other member may be called any more.
  void clear() { namespaces_.clear(); }

  /// Whether the module has been executed.
  [[nodiscard]] bool loaded(const char* module) const { return namespaces_.contains(module); }

 private:
  pybind11::dict load(const char* module);

  pybind11::dict namespaces_;  // by the module's name
};

}  // namespace provider_host::host
