#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace provider_host {

/// An interpreter as it described itself.
struct Interpreter {
  std::filesystem::path executable;  ///< `sys.executable`, absolute; inside a venv it is the venv's.
  std::string version;               ///< `3.11.7`
  std::string minor;                 ///< `3.11`
  std::string prefix;                ///< `sys.prefix`
  bool virtual_environment = false;
};

/// One host executable: it embeds one minor version of Python.
struct HostExecutable {
  std::string minor;  ///< `3.11`
  std::filesystem::path path;
};

/// Asks the interpreter named by `python` (a path, a virtual environment folder, a name on PATH; empty: the default
/// rule of `PoolOptions::python`) who it is. Starts a short process, about 15 ms.
/// Throws ConfigError with what was tried and what to do.
Interpreter find_interpreter(const std::string& python);

/// The host executables found, newest Python first: in $PROVIDER_HOST_LIBEXEC, beside the running program
/// (`../libexec/provider_host`), and where this library was installed.
std::vector<HostExecutable> find_host_executables();

/// The folders `find_host_executables()` looks in, in that order.
std::vector<std::filesystem::path> host_executable_folders();

/// The host for that interpreter's minor version. Throws ConfigError that names the version and what there is.
HostExecutable host_executable_for(const Interpreter& interpreter);

}  // namespace provider_host
