#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::host {

/// The Python part of the host (pysrc/provider_host/_host*.py), compiled in as text. A part is executed when it is
/// first asked for, in a namespace that no user code can see. Needs the GIL; lives as long as the process.
class Support {
 public:
  Support() = default;
  Support(const Support&) = delete;
  Support& operator=(const Support&) = delete;

  /// The function `name` of the part `part`, such as `_host_errors`. Throws pybind11::error_already_set.
  pybind11::object function(const char* part, const char* name);

  /// Lets go of all of it, and of what it refers to; nothing may be asked for any more.
  void forget() { parts_.clear(); }

  /// Whether the part has been asked for before.
  [[nodiscard]] bool loaded(const char* part) const { return parts_.contains(part); }

 private:
  pybind11::dict load(const char* part);

  pybind11::dict parts_;  // name → namespace
};

}  // namespace provider_host::host
