#include "host/python/tracing.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

namespace {

bool is_requested() {
  static constexpr std::array kYes{"true", "1", "yes"};
  const char* const value = std::getenv("PROMPTFOO_ENABLE_OTEL");
  return value != nullptr &&
         std::any_of(kYes.begin(), kYes.end(), [&](const char* yes) { return ::strcasecmp(value, yes) == 0; });
}

}  // namespace

Tracing::Tracing(BootstrapModules& modules) {
  if (is_requested() && modules.function("tracing", "start")().cast<bool>())
    traced_ = modules.function("tracing", "traced");
}

py::object Tracing::traced(py::object function, const std::string& name, const py::object& args) const {
  if (!traced_) return function;
  values::expect_no_python_error();
  return traced_(function, name, args);
}

}  // namespace provider_host::host
