#include "promptfoo/interpreter.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <system_error>

#include "base/absolute_path.h"
#include "base/file_content.h"
#include "interpreters/python_locations.h"
#include "platform/own_executable.h"
#include "provider_host/error.h"
#include "provider_host/interpreters.h"

namespace provider_host::promptfoo {
namespace {

namespace fs = std::filesystem;
using internal::environment;
using internal::is_executable;

constexpr std::streamsize kScriptStart = 4096;

std::string start_of(const fs::path& file) {
  std::string text(kScriptStart, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), kScriptStart);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

bool have_same_contents(const fs::path& file, const fs::path& other) {
  std::error_code failed;
  if (fs::file_size(file, failed) != fs::file_size(other, failed) || failed) return false;
  return content_of(file) == content_of(other);
}

// Whether executing `file` would end here again: it is this program, a copy of it, or a script that runs it.
bool leads_here(const fs::path& file) {
  std::error_code ignored;
  const fs::path this_program = platform::own_executable_link();
  if (fs::equivalent(file, this_program, ignored)) return true;
  const std::string start = start_of(file);
  if (start.starts_with("#!")) return start.find("provider-host-python") != std::string::npos;
  return have_same_contents(file, this_program);
}

// The interpreter of a virtual environment or another directory with bin/python3.
std::optional<fs::path> interpreter_in(const fs::path& directory) {
  for (const char* name : {"bin/python3", "bin/python"}) {
    const fs::path file = directory / name;
    if (is_executable(file)) return absolute_path(file).value_or(file).lexically_normal();
  }
  return std::nullopt;
}

fs::path checked(const fs::path& file, std::string_view variable) {
  if (!leads_here(file)) return file;
  throw ConfigError(
      fmt::format("{}: {} is provider-host-python itself, which only stands for an interpreter; name a Python, such as "
                  "/usr/bin/python3",
                  variable, file.string()));
}

// What PROVIDER_HOST_PYTHON means (provider_host/interpreters.h).
fs::path find_named(const std::string& python) {
  std::error_code ignored;
  if (internal::PythonVersion::parse(python)) return find_interpreter("").executable;
  if (fs::is_directory(python, ignored)) {
    if (const auto file = interpreter_in(python)) return *file;
  }
  if (python.find('/') == std::string::npos) {
    if (const auto file = internal::on_path(python)) return *file;
  } else if (!fs::is_directory(python, ignored) && is_executable(python)) {
    return absolute_path(python).value_or(python).lexically_normal();
  }
  return find_interpreter("").executable;  // says what is wrong with it
}

std::optional<fs::path> find_beside() {
  std::error_code ignored;
  const fs::path environment = platform::own_executable().parent_path().parent_path();
  if (environment.empty() || !fs::exists(environment / "pyvenv.cfg", ignored)) return std::nullopt;
  auto file = interpreter_in(environment);
  return file && !leads_here(*file) ? file : std::nullopt;
}

std::optional<fs::path> find_on_path() {
  for (const fs::path& directory : internal::path_directories()) {
    const fs::path file = directory / "python3";
    if (is_executable(file) && !leads_here(file)) return absolute_path(file).value_or(file);
  }
  return std::nullopt;
}

}  // namespace

fs::path find_real_interpreter() {
  if (const std::string python = environment("PROVIDER_HOST_PYTHON"); !python.empty()) {
    return checked(find_named(python), "PROVIDER_HOST_PYTHON=" + python);
  }
  if (const std::string directory = environment("VIRTUAL_ENV"); !directory.empty()) {
    if (const auto file = interpreter_in(directory)) return checked(*file, "VIRTUAL_ENV=" + directory);
    return find_interpreter("").executable;  // says what is wrong with it
  }
  if (const auto file = find_beside()) return *file;
  if (const auto file = find_on_path()) return *file;
  throw ConfigError(
      "there is no python3 on PATH for provider-host-python to stand for; put one there, activate a virtual "
      "environment, "
      "or name one in PROVIDER_HOST_PYTHON");
}

fs::path own_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return absolute_path(name).value_or(name).lexically_normal();
  if (const auto file = name.empty() ? std::nullopt : internal::on_path(name)) return *file;
  return platform::own_executable();
}

}  // namespace provider_host::promptfoo
