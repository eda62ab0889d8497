#include "cli/doctor/host_build.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "cli/doctor/build_log.h"
#include "cli/doctor/smoke_test.h"
#include "platform/own_executable.h"
#include "provider_host/error.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kLevels = 5;
constexpr std::pair<int, int> kOldestCmake{3, 25};

bool has_sources(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "CMakeLists.txt", ignored) && fs::exists(directory / "src/host/main.cc", ignored);
}

// Such as /tmp, where anybody may create a `share`.
bool is_shared_by_all(const fs::path& directory) {
  std::error_code error;
  const fs::perms permissions = fs::status(directory, error).permissions();
  const auto open_to_all = fs::perms::others_write | fs::perms::sticky_bit;
  return error || (permissions & open_to_all) == open_to_all;
}

// The installed sources come first: the source tree may have changed since the build.
fs::path find_sources() {
  std::error_code ignored;
  const fs::path program = platform::own_executable();
  fs::path directory = program.parent_path();
  for (int level = 0; level < kLevels && directory.has_relative_path(); ++level) {
    directory = directory.parent_path();
    const fs::path sources = directory / "share/provider_host/source";
    if (has_sources(sources) && !is_shared_by_all(directory)) return sources;
  }
  const fs::path tree = PROVIDER_HOST_SOURCE_TREE;
  if (!tree.empty() && has_sources(tree)) return tree;
  throw BuildFailed("the sources of the hosts, share/provider_host/source, are in none of the directories above " +
                    program.string() + "; install Provider Host again");
}

// The directory of builds; they are kept, so that the next build is quick.
fs::path cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "provider_host" / PROVIDER_HOST_VERSION;
  if (home == nullptr || *home == '\0') throw BuildFailed("neither XDG_CACHE_HOME nor HOME is set: nowhere to build");
  return fs::path(home) / ".cache/provider_host" / PROVIDER_HOST_VERSION;
}

bool is_new_enough(const std::string& cmake_version) {
  int major = 0;
  int minor = 0;
  return std::sscanf(cmake_version.c_str(), "cmake version %d.%d", &major, &minor) == 2 &&
         std::pair(major, minor) >= kOldestCmake;
}

struct Tools {
  std::string cmake;
  std::string ninja;         // empty: make
  std::string pybind11_dir;  // empty: CMake may find the system's
};

std::string pybind11_of(const fs::path& python) {
  return first_line_of({python.string(), "-m", "pybind11", "--cmakedir"});
}

Tools tools_at_hand(const Interpreter& python) {
  Tools tools;
  if (is_new_enough(first_line_of({"cmake", "--version"}))) tools.cmake = "cmake";
  if (!first_line_of({"ninja", "--version"}).empty()) tools.ninja = "ninja";
  tools.pybind11_dir = pybind11_of(python.executable);
  return tools;
}

// Missing tools are installed from PyPI into a virtual environment beside the build.
void fetch_missing(Tools& tools, const Interpreter& python, const fs::path& venv, BuildLog& log, Console& console) {
  std::vector<std::string> missing;
  if (tools.pybind11_dir.empty()) missing.emplace_back("pybind11>=3");
  if (tools.cmake.empty()) missing.emplace_back("cmake>=3.25,<4");
  if (tools.ninja.empty() && first_line_of({"make", "--version"}).empty()) missing.emplace_back("ninja");
  if (missing.empty()) return;
  const std::string bin = (venv / "bin").string();
  const auto take = [&] {
    if (tools.pybind11_dir.empty()) tools.pybind11_dir = pybind11_of(bin + "/python");
    if (tools.cmake.empty() && is_new_enough(first_line_of({bin + "/cmake", "--version"})))
      tools.cmake = bin + "/cmake";
    if (tools.ninja.empty() && !first_line_of({bin + "/ninja", "--version"}).empty()) tools.ninja = bin + "/ninja";
    return !tools.pybind11_dir.empty() && !tools.cmake.empty();
  };
  if (take()) return;
  std::string list;
  for (const std::string& each : missing) list += " " + each;
  console.say("taking from PyPI:" + list);
  std::vector<std::string> install{bin + "/python", "-m", "pip", "install", "--disable-pip-version-check", "-q"};
  install.insert(install.end(), missing.begin(), missing.end());
  if (log.run({python.executable.string(), "-m", "venv", venv.string()}) != 0) {
    console.say(fmt::format("{} cannot make a virtual environment; on Debian and Ubuntu: apt-get install python{}-venv",
                            python.executable.string(), python.minor));
  } else if (log.run(install) != 0) {
    console.say("pip could not install it; going on with what the system has");
  }
  take();
  if (tools.cmake.empty())
    throw BuildFailed("CMake 3.25 or later is missing: pip install cmake, or apt-get install cmake");
}

fs::path compile(const Tools& tools, const Interpreter& python, const fs::path& directory, BuildLog& log,
                 Console& console) {
  const fs::path sources = find_sources();
  const std::string jobs = std::to_string(std::max(1U, std::thread::hardware_concurrency()));
  console.say("configuring, from " + sources.string());
  std::vector<std::string> configure{tools.cmake,
                                     "-S",
                                     sources.string(),
                                     "-B",
                                     directory.string(),
                                     "-G",
                                     tools.ninja.empty() ? "Unix Makefiles" : "Ninja",
                                     "-DCMAKE_BUILD_TYPE=Release",
                                     "-DPROVIDER_HOST_HOSTS_ONLY=ON",
                                     "-DPROVIDER_HOST_PYTHONS=" + python.executable.string()};
  if (!tools.ninja.empty()) configure.push_back("-DCMAKE_MAKE_PROGRAM=" + tools.ninja);
  if (!tools.pybind11_dir.empty()) configure.push_back("-Dpybind11_DIR=" + tools.pybind11_dir);
  log.require("configuring", configure);
  console.say("compiling, which takes about half a minute");
  log.require("compiling", {tools.cmake, "--build", directory.string(), "--parallel", jobs});
  return directory / "libexec/provider_host" / ("provider-host-python" + python.tag);
}

SmokeTest verify(const Interpreter& python, const fs::path& host) {
  try {
    SmokeTest test = run_smoke_test(python, host);
    if (const std::string message = import_error(test, python); !message.empty()) {
      throw BuildFailed(host.string() + " was built, but " + message);
    }
    return test;
  } catch (const BuildFailed&) {
    throw;
  } catch (const std::runtime_error& failed) {
    throw BuildFailed(fmt::format("{} was built and does not start: {}", host.string(), failed.what()));
  }
}

// Atomic, also while the old host runs.
fs::path install(const fs::path& built, const Interpreter& python) {
  const fs::path destination = own_host_path(python);
  if (destination.empty()) throw BuildFailed("neither XDG_DATA_HOME nor HOME is set: nowhere to put " + built.string());
  fs::create_directories(destination.parent_path());
  const fs::path beside = destination.parent_path() / (".new-" + std::to_string(::getpid()));
  fs::copy_file(built, beside, fs::copy_options::overwrite_existing);
  fs::rename(beside, destination);
  return destination;
}

}  // namespace

BuiltHost build_host(const std::string& python, Console& console) {
  const Interpreter interpreter = find_interpreter(python);
  const fs::path cache = cache_directory();
  const std::string name = own_host_path(interpreter).filename().string();
  try {
    fs::create_directories(cache);
    BuildLog log(cache / (name + ".log"));
    console.say(fmt::format("a host for Python {}, {}", interpreter.tag, interpreter.executable.string()));
    Tools tools = tools_at_hand(interpreter);
    fetch_missing(tools, interpreter, cache / ("tools-" + interpreter.tag), log, console);
    const fs::path built = compile(tools, interpreter, cache / name, log, console);
    console.say("trying it");
    const SmokeTest test = verify(interpreter, built);
    if (!test.untried.empty()) console.say("not tried: " + test.untried);
    return {interpreter, install(built, interpreter), test.start.ready_ms};
  } catch (const fs::filesystem_error& error) {
    throw BuildFailed(fmt::format("{}; XDG_CACHE_HOME and XDG_DATA_HOME name other folders", error.what()));
  }
}

}  // namespace provider_host::cli
