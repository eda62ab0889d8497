#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "provider_host/host_anchor.h"

namespace provider_host {

/// An interpreter as it described itself.
struct Interpreter {
  std::filesystem::path executable;  ///< `sys.executable`, absolute; inside a venv it is the venv's.
  std::filesystem::path program;     ///< The file that the kernel runs for it, behind links and wrapper scripts.
  std::string implementation;        ///< `cpython`; hosts embed nothing else.
  std::string version;               ///< `3.11.7`
  std::string minor;                 ///< `3.11`
  std::string tag;                   ///< What names its host: `3.11`, free-threaded `3.13t`, debug build `3.12d`.
  std::string prefix;                ///< `sys.prefix`
  std::string base_prefix;           ///< `sys.base_prefix`
  std::filesystem::path libpython;   ///< The shared library of exactly this Python; empty when there is none.
  bool virtual_environment = false;
  bool free_threaded = false;
  bool debug_build = false;
};

/// One host executable: it embeds one minor version of Python.
struct HostExecutable {
  std::string tag;       ///< As `Interpreter::tag`.
  std::string made_for;  ///< The base of the one Python that it was made for, as it stands in its name; often empty.
  std::filesystem::path path;
};

/// The interpreter that `python` means:
///   - a version (`3.12`, `3.12.1`, `3.13t`, `python3.12`): that Python on PATH, among pyenv's or uv's, in /usr/bin or
///     /usr/local/bin, in this order; of several patch levels in one directory, the newest;
///   - a path, or a directory (a virtual environment, or anything with bin/python3);
///   - another name: the program on PATH;
///   - empty: $PROVIDER_HOST_PYTHON (one of the above), else the virtual environment $VIRTUAL_ENV, else `python3` on
///     PATH. A VIRTUAL_ENV whose directory is gone is an error, since another Python would lack what was installed
///     there.
/// A short process queries the interpreter (about 15 ms). The result is cached for the life of this process, until the
/// file (or its pyvenv.cfg) changes. Scripts that stand for an interpreter, such as pyenv's, are queried each time.
/// Throws ConfigError with what was tried and what to do; also for interpreters that no host can embed: older than 3.9,
/// or not CPython. Any thread.
Interpreter find_interpreter(const std::string& python);

/// What `find_interpreter(python)` goes by, for a person: `VIRTUAL_ENV=/home/me/venv`, `python3 on PATH`.
std::string interpreter_choice(const std::string& python);

/// Every Python 3 on this machine that is where a version is looked up, $VIRTUAL_ENV first; also those that no host can
/// embed. Asks each of them.
std::vector<Interpreter> find_interpreters();

/// Why no host can embed it, as `Python 3.8.18 is older than 3.9`; empty when one can.
std::string unsupported_reason(const Interpreter& interpreter);

/// The host executables found in `host_executable_directories()`, newest Python first; of the same name, the first
/// counts.
std::vector<HostExecutable> find_host_executables();

/// The directories in which hosts are looked for, in this order:
///   - $PROVIDER_HOST_LIBEXEC;
///   - `libexec/provider_host` in the directory above the one with the shared object or program that contains this
///     library, or in one of the next four above that; then the same for the running program. Only those that exist,
///     and none in a directory such as /tmp, where everybody may make directories;
///   - the same above the headers that this program was compiled with, if they were installed: a program with the
///   static
///     library in it so finds the hosts of that library's prefix, whatever it is;
///   - `user_host_directory()`;
///   - where this library was configured to be installed, or was built as part of another project.
std::vector<std::filesystem::path> host_executable_directories();

/// The user's own hosts, which `provider-host doctor --build` makes:
/// ${XDG_DATA_HOME:-~/.local/share}/provider_host/libexec/VERSION, the version being this library's, since a host
/// speaks with its own version only. Empty when there is no home directory.
std::filesystem::path user_host_directory();

/// The command that builds its host: `provider-host doctor --build 3.13`, or with a path when that version is looked up
/// to be another Python, or none.
std::string host_build_command(const Interpreter& interpreter);

/// The path for a host that is built for exactly this interpreter, in `user_host_directory()`. Empty when there is no
/// home directory.
std::filesystem::path own_host_path(const Interpreter& interpreter);

/// The host for that interpreter: one made for it, else one for its version, else one for its version that was made for
/// another build of it; nothing when there is none. A host that does not contain libpython runs on that of the
/// interpreter, if it has a shared one.
std::optional<HostExecutable> find_host_executable(const Interpreter& interpreter);

/// The same, but throws
/// ConfigError that says which is missing, which there are, and how to build it.
HostExecutable host_executable_for(const Interpreter& interpreter);

}  // namespace provider_host
