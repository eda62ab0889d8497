#include "provider_host/pythons.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

#include "base/utf8.h"
#include "process/command.h"
#include "provider_host/error.h"

namespace provider_host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHostPrefix = "provider-host-python";
constexpr auto kAnswerLimit = std::chrono::seconds(20);
constexpr const char* kQuestion =
    "import sys\n"
    "if sys.version_info < (3,): sys.exit('Python %d.%d' % sys.version_info[:2])\n"
    "print('%d.%d.%d' % sys.version_info[:3], '%d.%d' % sys.version_info[:2], sys.executable, sys.prefix,\n"
    "      sys.prefix != sys.base_prefix, sep='\\n')";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<fs::path> split_path(const std::string& path) {
  std::vector<fs::path> folders;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    folders.emplace_back(end == start ? "." : path.substr(start, end - start));
    start = end + 1;
  }
  return folders;
}

fs::path on_path(const std::string& name) {
  for (const fs::path& folder : split_path(environment("PATH"))) {
    if (is_executable(folder / name)) return fs::absolute(folder / name);
  }
  throw ConfigError(
      fmt::format("there is no interpreter '{}' on PATH; give the path of a Python 3 or of a virtual "
                  "environment with --python or PROVIDER_HOST_PYTHON",
                  name));
}

// The file to run for what the user named; symbolic links stay, since a virtual environment is known by its own path.
fs::path interpreter_file(const std::string& python) {
  if (python.find('/') == std::string::npos && !fs::is_directory(python)) return on_path(python);
  std::error_code ignored;
  const fs::path path = fs::absolute(python).lexically_normal();
  if (fs::is_directory(path, ignored)) {
    for (const char* name : {"bin/python3", "bin/python"}) {
      if (is_executable(path / name)) return path / name;
    }
    throw ConfigError(path.string() + " is a folder without bin/python3, so no virtual environment");
  }
  if (!fs::exists(path, ignored)) throw ConfigError("there is no interpreter " + path.string());
  if (!is_executable(path)) throw ConfigError(path.string() + " is not executable");
  return path;
}

std::string first_line(const std::string& text) { return to_valid_utf8(text.substr(0, text.find('\n'))); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

fs::path running_program() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored);
}

}  // namespace

Interpreter find_interpreter(const std::string& python) {
  std::string name = python;
  if (name.empty()) name = environment("PROVIDER_HOST_PYTHON");
  if (name.empty()) name = "python3";
  const fs::path file = interpreter_file(name);
  process::CommandResult result;
  try {
    result = process::run_command({file.string(), "-I", "-S", "-c", kQuestion}, kAnswerLimit);
  } catch (const std::system_error& error) {
    throw ConfigError(fmt::format("{} cannot be run: {}", file.string(), error.code().message()));
  }
  if (result.timed_out) throw ConfigError(fmt::format("{} did not answer; is it a Python interpreter?", file.string()));
  const auto lines = lines_of(result.output);
  if (result.status.exit_code != 0 || lines.size() != 5) {
    const std::string said = first_line(result.errors.empty() ? result.output : result.errors);
    throw ConfigError(fmt::format("{} is no Python 3 interpreter ({}{}{})", file.string(), describe(result.status),
                                  said.empty() ? "" : ": ", said));
  }
  return {lines[2], lines[0], lines[1], lines[3], lines[4] == "True"};
}

std::vector<fs::path> host_executable_folders() {
  std::vector<fs::path> folders;
  if (const std::string folder = environment("PROVIDER_HOST_LIBEXEC"); !folder.empty()) folders.emplace_back(folder);
  if (const fs::path program = running_program(); !program.empty()) {
    folders.push_back((program.parent_path() / "../libexec/provider_host").lexically_normal());
  }
  folders.emplace_back(PROVIDER_HOST_INSTALLED_LIBEXEC);
  return folders;
}

std::vector<HostExecutable> find_host_executables() {
  std::vector<HostExecutable> hosts;
  for (const fs::path& folder : host_executable_folders()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(kHostPrefix) || !is_executable(entry.path())) continue;
      const std::string minor = name.substr(kHostPrefix.size());
      const bool known = std::ranges::any_of(hosts, [&minor](const auto& host) { return host.minor == minor; });
      if (!known) hosts.push_back({minor, entry.path()});
    }
  }
  auto number = [](const HostExecutable& host) {
    return std::atoi(host.minor.substr(host.minor.find('.') + 1).c_str());
  };
  std::ranges::sort(hosts, [&number](const auto& a, const auto& b) { return number(a) > number(b); });
  return hosts;
}

HostExecutable host_executable_for(const Interpreter& interpreter) {
  const auto hosts = find_host_executables();
  std::string known;
  for (const HostExecutable& host : hosts) {
    if (host.minor == interpreter.minor) return host;
    known += (known.empty() ? "" : ", ") + host.minor;
  }
  throw ConfigError(fmt::format(
      "{} is Python {}, and there is no host for Python {} ({}); build one with "
      "-DPROVIDER_HOST_PYTHONS={} or choose another interpreter",
      interpreter.executable.string(), interpreter.version, interpreter.minor,
      known.empty() ? "no hosts were found" : "there are hosts for " + known, interpreter.executable.string()));
}

}  // namespace provider_host
