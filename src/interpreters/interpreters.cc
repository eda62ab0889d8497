#include "provider_host/interpreters.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <regex>
#include <set>
#include <system_error>
#include <utility>

#include "base/absolute_path.h"
#include "base/utf8.h"
#include "interpreters/interpreter_query.h"
#include "interpreters/python_locations.h"
#include "provider_host/error.h"

namespace provider_host {
namespace {

namespace fs = std::filesystem;
using internal::ask_interpreter;
using internal::environment;
using internal::is_executable;
using internal::PythonVersion;

constexpr int kOldestMinor = 9;

int minor_number(const std::string& minor) {
  int number = 0;
  const std::size_t dot = minor.find('.') + 1;
  std::from_chars(minor.data() + dot, minor.data() + minor.size(), number);
  return number;
}

// The interpreter of a virtual environment or another directory with bin/python3.
std::optional<fs::path> interpreter_in(const fs::path& directory) {
  for (const char* name : {"bin/python3", "bin/python"}) {
    if (is_executable(directory / name)) return directory / name;
  }
  return std::nullopt;
}

// What is said of a virtual environment whose Python has gone; empty when its bin/python3 is no link to nothing.
std::string broken_link_in(const fs::path& directory) {
  std::error_code ignored;
  for (const char* name : {"bin/python3", "bin/python"}) {
    const fs::path file = directory / name;
    if (!fs::is_symlink(file, ignored) || fs::exists(file, ignored)) continue;
    return fmt::format(
        "{} leads to {}, which is not there (any more); make the virtual environment anew with a Python that is",
        file.string(), fs::read_symlink(file, ignored).string());
  }
  return "";
}

Interpreter find_version(const PythonVersion& version, const std::string& asked) {
  std::string last_error;
  for (const fs::path& directory : internal::python_directories()) {
    const auto file = absolute_path(directory / ("python" + version.tag()));
    if (!file || !is_executable(*file)) continue;
    try {
      if (Interpreter found = ask_interpreter(*file); version.is(found)) return found;
    } catch (const ConfigError& error) {  // a shim of pyenv for a version that is not switched on, for one
      last_error = fmt::format("; {}", error.what());
    }
  }
  throw ConfigError(fmt::format(
      "there is no Python {} on PATH, in pyenv's or uv's directory, in /usr/bin or in /usr/local/bin{}; install "
      "it (as with `uv python install {}`), or give its path; `provider-host doctor` lists what there is",
      version.full.empty() ? version.tag() : version.full + version.flags, last_error, asked));
}

// The file to run for what the user named; symbolic links stay, since a virtual environment is known by its own path.
fs::path interpreter_file(const std::string& python) {
  std::error_code ignored;
  const fs::path path = absolute_path(python).value_or("").lexically_normal();
  const bool is_directory = fs::is_directory(path, ignored);
  if (is_directory) {
    if (const auto file = interpreter_in(path)) return *file;
  }
  if (python.find('/') == std::string::npos) {
    if (const auto file = internal::on_path(python)) return *file;
  }
  if (is_directory) {
    if (const std::string broken = broken_link_in(path); !broken.empty()) throw ConfigError(broken);
    throw ConfigError(path.string() + " is a directory without bin/python3, so no virtual environment");
  }
  if (python.find('/') == std::string::npos) {
    throw ConfigError(fmt::format(
        "there is no interpreter '{}' on PATH; give a version such as 3.12, or the path of a Python 3 or of a virtual "
        "environment, with --python or PROVIDER_HOST_PYTHON",
        python));
  }
  if (!fs::exists(path, ignored))
    throw ConfigError("there is no interpreter " + (path.empty() ? python : path.string()));
  if (!is_executable(path)) throw ConfigError(path.string() + " is not executable");
  return path;
}

Interpreter find_named(const std::string& python) {
  if (const auto version = PythonVersion::parse(python)) return find_version(*version, python);
  return ask_interpreter(interpreter_file(python));
}

Interpreter find_active_venv(const std::string& directory) {
  const fs::path path = absolute_path(directory).value_or(directory);
  if (const auto file = interpreter_in(path)) return ask_interpreter(*file);
  if (const std::string broken = broken_link_in(path); !broken.empty()) {
    throw ConfigError("VIRTUAL_ENV: " + broken);
  }
  throw ConfigError(
      fmt::format("VIRTUAL_ENV is {}, where there is no virtual environment (any more); `deactivate` it, or say which "
                  "Python is meant with --python or PROVIDER_HOST_PYTHON",
                  directory));
}

Interpreter find_default() {
  if (const std::string python = environment("PROVIDER_HOST_PYTHON"); !python.empty()) {
    try {
      return find_named(python);
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("PROVIDER_HOST_PYTHON={}: {}", python, error.what()));
    }
  }
  if (const std::string directory = environment("VIRTUAL_ENV"); !directory.empty()) return find_active_venv(directory);
  return find_named("python3");
}

// The programs in `directory` with such a name, sorted.
std::vector<fs::path> files_like(const fs::path& directory, const std::regex& name) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (std::regex_match(entry.path().filename().string(), name) && is_executable(entry.path())) {
      files.push_back(absolute_path(entry.path()).value_or(entry.path()));
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Interpreter find_interpreter(const std::string& python) {
  Interpreter found = python.empty() ? find_default() : find_named(python);
  const std::string obstacle = unsupported_reason(found);
  if (!obstacle.empty()) throw ConfigError(found.executable.string() + " cannot be used: " + obstacle);
  return found;
}

std::string interpreter_choice(const std::string& python) {
  if (!python.empty()) return python;
  for (const char* name : {"PROVIDER_HOST_PYTHON", "VIRTUAL_ENV"}) {
    if (const std::string value = environment(name); !value.empty()) return fmt::format("{}={}", name, value);
  }
  return "python3 on PATH";
}

std::string unsupported_reason(const Interpreter& interpreter) {
  if (interpreter.implementation != "cpython") {
    return fmt::format("it is {} {}, and hosts embed CPython only", interpreter.implementation, interpreter.version);
  }
  if (interpreter.minor.starts_with("3.") && minor_number(interpreter.minor) < kOldestMinor) {
    return fmt::format("Python {} is older than 3.{}", interpreter.version, kOldestMinor);
  }
  return "";
}

std::vector<Interpreter> find_interpreters() {
  static const std::regex name(R"(python3(\.\d+)?t?d?)");
  std::vector<fs::path> directories = internal::python_directories();
  if (const std::string venv = environment("VIRTUAL_ENV"); !venv.empty()) {
    directories.insert(directories.begin(), fs::path(venv) / "bin");
  }
  std::vector<Interpreter> found;
  std::set<std::pair<fs::path, std::string>> known;  // the program behind all links, and the environment
  for (const fs::path& directory : directories) {
    if (directory == internal::pyenv_shims()) continue;
    for (const fs::path& file : files_like(directory, name)) {
      try {
        Interpreter interpreter = ask_interpreter(file);
        std::error_code ignored;
        const fs::path program = fs::canonical(interpreter.executable, ignored);
        const std::string venv = interpreter.virtual_environment ? interpreter.prefix : "";
        if (known.emplace(program, venv).second) found.push_back(std::move(interpreter));
      } catch (const ConfigError&) {  // no Python, whatever its name
      }
    }
  }
  return found;
}

std::string host_build_command(const Interpreter& interpreter) {
  std::string argument = to_valid_utf8(interpreter.executable.string());
  try {
    if (find_interpreter(interpreter.tag).base_prefix == interpreter.base_prefix) argument = interpreter.tag;
  } catch (const ConfigError&) {  // that version is nowhere
  }
  return "provider-host doctor --build " + argument;
}

std::optional<HostExecutable> find_host_executable(const Interpreter& interpreter) {
  const std::vector<HostExecutable> hosts = find_host_executables();
  const std::string own = own_host_path(interpreter).filename().string();
  const auto fitness = [&](const HostExecutable& host) {
    if (host.tag != interpreter.tag) return 0;
    if (host.path.filename() == own) return 3;
    return host.made_for.empty() ? 2 : 1;
  };
  const auto best = std::ranges::max_element(hosts, {}, fitness);
  return best != hosts.end() && fitness(*best) > 0 ? std::optional(*best) : std::nullopt;
}

HostExecutable host_executable_for(const Interpreter& interpreter) {
  if (auto host = find_host_executable(interpreter)) return *host;
  std::string known;
  for (const HostExecutable& host : find_host_executables()) known += (known.empty() ? "" : ", ") + host.tag;
  throw ConfigError(fmt::format(
      "{} is Python {}, and there is no host for Python {} ({}); build one with `{}`, or "
      "choose another interpreter",
      interpreter.executable.string(), interpreter.version, interpreter.tag,
      known.empty() ? "no hosts were found" : "there are hosts for " + known, host_build_command(interpreter)));
}

}  // namespace provider_host
