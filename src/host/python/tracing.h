#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// OpenTelemetry spans for calls, as promptfoo's worker makes them: when PROMPTFOO_ENABLE_OTEL asks for them and the
/// packages are installed. Else nothing is imported, and calls are as they are. Needs the GIL.
class Tracing {
 public:
  /// Sets the tracer provider. To be made before the script is imported. What goes wrong is told on stderr.
  explicit Tracing(BootstrapModules& modules);

  /// What to call instead of `function` with the items of the list `args`: itself, or the same inside of a span.
  /// Never calls it. Throws pybind11::error_already_set.
  [[nodiscard]] pybind11::object traced(pybind11::object function, const std::string& name,
                                        const pybind11::object& args) const;

 private:
  pybind11::object traced_;  // null: off
};

}  // namespace provider_host::host
