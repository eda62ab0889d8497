#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <string_view>

#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// The provider script, imported once, and calls of its functions. Needs the GIL.
class Script {
 public:
  /// Imports the script at `path`. Throws pybind11::error_already_set with whatever the import raised.
  Script(BootstrapModules& modules, const std::string& path);

  /// Milliseconds that the script's own import took.
  [[nodiscard]] double import_ms() const { return import_ms_; }

  /// The API that calls follow which name none: `call` if there is a call_api, else the one of `embedding` and
  /// `classification` whose function is there alone, else `call`. Looks at what the module holds, runs nothing.
  [[nodiscard]] std::string_view default_api() const;

  /// The script's on_host_start(); null when it has none. Throws pybind11::error_already_set when the script's own
  /// attribute code raises.
  [[nodiscard]] pybind11::object host_start() const;

  /// A function of the script, or the ERROR (a dict) that there is none.
  struct Found {
    pybind11::object function;
    pybind11::object error;
  };
  /// Looks a name up as the script sees it now; dotted names go through attributes. Throws pybind11::error_already_set
  /// when the script's own attribute code raises.
  Found find(const std::string& name);

  /// What holds the script's functions, in most cases a module.
  [[nodiscard]] const pybind11::object& module() const { return module_; }
  /// Its path.
  [[nodiscard]] const pybind11::object& path() const { return path_; }

  /// The result of `inspect`.
  pybind11::object report();

 private:
  BootstrapModules& modules_;
  pybind11::object path_;
  pybind11::object module_;
  double import_ms_ = 0;
  std::string last_name_;       // that find() was asked for
  pybind11::object last_text_;  // the same as a str
};

/// Calls `function` with the items of the list `args`. Throws pybind11::error_already_set with whatever it raises.
pybind11::object call_function(const pybind11::object& function, const pybind11::object& args);

}  // namespace provider_host::host
