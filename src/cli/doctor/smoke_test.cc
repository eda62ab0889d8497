#include "cli/doctor/smoke_test.h"

#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "cli/doctor/build_log.h"
#include "cli/doctor/scratch_directory.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

// The provider script of the smoke test, which the interpreter runs as a program.
constexpr std::string_view kScript = R"(import json
import sys

MODULES = "asyncio bz2 ctypes decimal hashlib lzma multiprocessing socket sqlite3 ssl subprocess uuid zlib zoneinfo"
EXTENSIONS = "lxml.etree msgpack numpy orjson pydantic_core yaml._yaml"


def inspect():
    errors = {}
    for name in (MODULES + " " + EXTENSIONS).split():
        try:
            __import__(name)
            errors[name] = None
        except BaseException as error:
            errors[name] = "%s: %s" % (type(error).__name__, error)
    return {"version": sys.version, "errors": errors}


if __name__ == "__main__":
    with open(sys.argv[1], "w") as report:
        json.dump(inspect(), report)
)";

// What `inspect` returns under the interpreter itself.
nlohmann::json inspect_under(const Interpreter& python, const fs::path& script, const fs::path& report_path) {
  first_line_of({python.executable.string(), script.string(), report_path.string()});
  std::ifstream report(report_path);
  auto found = nlohmann::json::parse(report, nullptr, false);
  if (found.is_discarded()) {
    throw std::runtime_error(python.executable.string() + " itself cannot run a script that imports modules");
  }
  return found;
}

PoolOptions options_for(const fs::path& script, const Interpreter& python, const fs::path& host_executable) {
  PoolOptions options;
  options.script = script;
  options.python = python.executable.string();
  options.host_executable = host_executable;
  options.start_timeout = 30;
  options.timeout = 30;
  options.log = [](const LogLine&) {};
  return options;
}

// With an empty script, which needs no folder that can be written to.
SmokeTest start_only(const Interpreter& python, const fs::path& host_executable, const std::string& why) {
  SmokeTest test;
  test.start = Pool(options_for("/dev/null", python, host_executable)).inspect();
  test.untried = "which modules scripts can import, as " + why;
  return test;
}

SmokeTest import_modules(const Interpreter& python, const fs::path& host_executable, const ScratchDirectory& scratch) {
  const PoolOptions options = options_for(scratch.write("smoke_test.py", kScript), python, host_executable);
  Pool pool(options);
  SmokeTest test;
  test.start = pool.inspect();
  const Outcome outcome = pool.call_raw("inspect", "[]");
  if (!outcome) throw std::runtime_error("the host fails to import modules: " + outcome.error().message);
  const auto hosted = outcome.value();
  const auto plain = inspect_under(python, options.script, scratch / "report.json");
  test.version = hosted.at("version");
  test.version_of_interpreter = plain.at("version");
  for (const auto& [name, error] : plain.at("errors").items()) {
    if (!error.is_null()) continue;
    const auto& in_host = hosted.at("errors").at(name);
    if (in_host.is_null()) {
      test.imported.push_back(name);
    } else {
      test.import_errors.emplace(name, in_host);
    }
  }
  return test;
}

}  // namespace

SmokeTest run_smoke_test(const Interpreter& python, const fs::path& host_executable) {
  std::optional<ScratchDirectory> scratch;  // of its own, since modules beside a script shadow those of the library
  try {
    scratch.emplace();
  } catch (const NoScratchDirectory& none) {
    return start_only(python, host_executable, none.what());
  }
  return import_modules(python, host_executable, *scratch);
}

std::string import_error(const SmokeTest& test, const Interpreter& python) {
  std::string names;
  for (const auto& [name, error] : test.import_errors) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return "";
  return fmt::format("scripts cannot import {} in the host, which {} can ({})", names, python.executable.string(),
                     test.import_errors.begin()->second);
}

}  // namespace provider_host::cli
