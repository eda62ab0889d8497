#include "cli/doctor/promptfoo/drop_in.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "cli/doctor/promptfoo/child_program.h"
#include "cli/doctor/promptfoo/search_path.h"
#include "platform/own_executable.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kDropInName = "provider-host-python";
constexpr auto kVersionLimit = 2500ms;  // promptfoo's
constexpr auto kQuestionLimit = 10s;

fs::path locate_drop_in() {
  std::error_code ignored;
  const fs::path beside = platform::own_executable().parent_path() / kDropInName;
  if (is_program(beside)) return beside;
  if (const auto found = on_search_path(kDropInName)) return *found;
  throw std::runtime_error("there is none, neither " + beside.string() + " nor on PATH; install provider-host again");
}

}  // namespace

DropIn find_drop_in() {
  const fs::path path = locate_drop_in();
  ChildProgram program({path.string(), "--version"}, kVersionLimit);
  const std::string version = program.read_line("its version");
  program.wait_for_end();
  if (!version.starts_with("Python 3"))
    throw std::runtime_error(path.string() + " says '" + version + "' to --version");
  return {path, version};
}

Interpreter interpreter_of(const DropIn& drop_in) {
  // Not in the words of promptfoo, whose question the drop-in answers with its own path.
  ChildProgram program({drop_in.path.string(), "-c", "import sys\nprint(sys.executable)"}, kQuestionLimit);
  const std::string executable = program.read_line("sys.executable");
  program.wait_for_end();
  return find_interpreter(executable);
}

std::string interpreter_choice_of(const DropIn& drop_in) {
  for (const char* variable : {"PROVIDER_HOST_PYTHON", "VIRTUAL_ENV"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::string(variable) + "=" + value;
  }
  std::error_code ignored;
  const fs::path environment = drop_in.path.parent_path().parent_path();
  if (fs::exists(environment / "pyvenv.cfg", ignored)) return "the virtual environment that it is installed in";
  return "python3 on PATH";
}

}  // namespace provider_host::cli
