#include "cli/doctor/inspection.h"

#include <spdlog/fmt/fmt.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "cli/doctor/smoke_test.h"
#include "cli/io/table.h"
#include "provider_host/error.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// Another host would fare no better.
constexpr const char* kRefusedBySystem =
    "the system refuses it, not Python: raise that limit, or allow that system call";

// Variables that make Python take modules of another one are a likelier cause than the host.
std::string hint_for(const Interpreter& python) {
  const std::string build = host_build_command(python);
  if (is_set("PYTHONHOME")) return "unset PYTHONHOME; if that does not help: " + build;
  if (is_set("PYTHONPATH")) return "unset PYTHONPATH; if that does not help: " + build;
  return build;
}

void inspect_interpreter(const std::string& python, Inspection& inspection) {
  try {
    inspection.interpreter = find_interpreter(python);
  } catch (const ConfigError& error) {
    inspection.errors.emplace_back(error.what());
    inspection.hint = "install Python 3.9 or later, or name one: provider-host doctor --python PYTHON";
    return;
  }
  try {
    inspection.host = host_executable_for(*inspection.interpreter);
    inspection.smoke_test = run_smoke_test(*inspection.interpreter, {});
    if (auto message = import_error(*inspection.smoke_test, *inspection.interpreter); !message.empty()) {
      inspection.errors.push_back(std::move(message));
    }
  } catch (const ConfigError& error) {
    inspection.errors.emplace_back(error.what());
  } catch (const ImportFailed& failed) {
    inspection.errors.push_back("the host does not start: " + std::string(failed.what()));
    if (failed.error().kind == ErrorKind::kPoolUnavailable) inspection.hint = kRefusedBySystem;
  } catch (const std::system_error& error) {
    inspection.errors.emplace_back(error.what());
    inspection.hint = kRefusedBySystem;
  } catch (const std::runtime_error& error) {
    inspection.errors.emplace_back(error.what());
  }
  if (!inspection.errors.empty() && inspection.hint.empty()) inspection.hint = hint_for(*inspection.interpreter);
}

std::string indented(const Table& table) {
  std::string text = "  " + table.text(false);
  for (std::size_t at = text.find('\n'); at + 1 < text.size(); at = text.find('\n', at + 1)) text.insert(at + 1, "  ");
  return text;
}

std::string name_of(const Interpreter& python) {
  return fmt::format("{} {}{}{}{}", python.implementation == "cpython" ? "Python" : python.implementation,
                     python.version, python.free_threaded ? " free-threaded" : "", python.debug_build ? " debug" : "",
                     python.virtual_environment ? " (virtual environment)" : "");
}

std::string interpreters_text(const Inspection& inspection) {
  using enum Table::Align;
  Table table({kLeft, kLeft, kLeft});
  for (const Interpreter& python : inspection.interpreters) {
    std::string served = unsupported_reason(python);
    if (served.empty()) served = find_host_executable(python) ? "served" : host_build_command(python);
    table.add({{name_of(python), Colour::kNone}, {python.executable.string(), Colour::kNone}, {served, Colour::kNone}});
  }
  return table.empty() ? "interpreters on this machine: none\n" : "interpreters on this machine:\n" + indented(table);
}

std::string hosts_text(const Inspection& inspection) {
  using enum Table::Align;
  Table table({kLeft, kLeft});
  for (const HostExecutable& host : inspection.hosts) {
    table.add({{"Python " + host.tag, Colour::kNone}, {host.path.string(), Colour::kNone}});
  }
  std::string text = table.empty() ? "hosts: none\n" : "hosts:\n" + indented(table);
  text += "searched directories:\n";
  for (const fs::path& directory : inspection.directories) {
    std::error_code ignored;
    text +=
        fmt::format("  {}{}\n", directory.string(), fs::is_directory(directory, ignored) ? "" : " (no such directory)");
  }
  return text;
}

// When the host embeds another build of the version: which one, and how to build a host for exactly this one.
std::string other_build_text(const Inspection& inspection) {
  const SmokeTest& test = *inspection.smoke_test;
  if (test.is_same_build()) return "";
  const std::string why = inspection.interpreter->libpython.empty() ? "this Python has no shared libpython"
                                                                    : "the host contains a libpython, or cannot load " +
                                                                          inspection.interpreter->libpython.string();
  return fmt::format(
      "  in the host, Python is another build, {} ({})\n  for a host of exactly this one: provider-host doctor --build "
      "{}\n",
      test.version, why, inspection.interpreter->executable.string());
}

std::string choice_text(const Inspection& inspection) {
  std::string text = fmt::format("interpreter, from {}:\n", inspection.chosen_by);
  if (!inspection.interpreter) return text + "  none\n";
  const Interpreter& python = *inspection.interpreter;
  text += fmt::format("  {}, {}\n", name_of(python), python.executable.string());
  if (!inspection.smoke_test) return text;
  text += fmt::format("  {} serves it; ready {:.0f} ms after its start\n", inspection.host->path.filename().string(),
                      inspection.smoke_test->start.ready_ms);
  if (const std::string& untried = inspection.smoke_test->untried; !untried.empty())
    return text + "  not tried: " + untried + "\n";
  text += fmt::format("  scripts can import {}\n", fmt::join(inspection.smoke_test->imported, ", "));
  return text + other_build_text(inspection);
}

ordered_json description(const Interpreter& python) {
  ordered_json json = {{"executable", python.executable.string()},
                       {"implementation", python.implementation},
                       {"version", python.version},
                       {"tag", python.tag},
                       {"virtual_environment", python.virtual_environment},
                       {"host", nullptr}};
  const std::string unsupported = unsupported_reason(python);
  if (!unsupported.empty()) {
    json["obstacle"] = unsupported;
  } else if (const auto host = find_host_executable(python)) {
    json["host"] = host->path.string();
  } else {
    json["remedy"] = host_build_command(python);
  }
  return json;
}

}  // namespace

Inspection inspect_machine(const std::string& python) {
  Inspection inspection;
  inspection.hosts = find_host_executables();
  inspection.directories = host_executable_directories();
  inspection.interpreters = find_interpreters();
  inspection.chosen_by = (python.empty() ? "" : "--python ") + interpreter_choice(python);
  inspect_interpreter(python, inspection);
  return inspection;
}

std::string text_of(const Inspection& inspection) {
  std::string text = hosts_text(inspection) + interpreters_text(inspection) + choice_text(inspection);
  for (const std::string& error : inspection.errors) text += fmt::format("error: {}\n", error);
  if (!inspection.errors.empty()) return text + "hint: " + inspection.hint;
  const bool is_complete = !inspection.smoke_test || inspection.smoke_test->untried.empty();
  return text + (is_complete ? "All is well." : "What could be tried is well.");
}

std::string json_of(const Inspection& inspection) {
  ordered_json hosts = ordered_json::array();
  for (const HostExecutable& host : inspection.hosts) {
    hosts.push_back({{"python", host.tag}, {"path", host.path.string()}});
  }
  ordered_json directories = ordered_json::array();
  for (const fs::path& directory : inspection.directories) directories.push_back(directory.string());
  ordered_json pythons = ordered_json::array();
  for (const Interpreter& python : inspection.interpreters) pythons.push_back(description(python));
  ordered_json json = {{"ok", inspection.errors.empty()}, {"hosts", hosts},
                       {"directories", directories},      {"pythons", pythons},
                       {"interpreter", nullptr},          {"problems", inspection.errors}};
  if (inspection.interpreter) {
    json["interpreter"] = description(*inspection.interpreter);
    json["interpreter"]["chosen_by"] = inspection.chosen_by;
  }
  if (inspection.host) json["host"] = inspection.host->path.string();
  if (inspection.smoke_test) {
    json["ready_ms"] = inspection.smoke_test->start.ready_ms;
    json["embedded_version"] = inspection.smoke_test->start.python_version;
    json["same_build"] = inspection.smoke_test->is_same_build();
    json["imported"] = inspection.smoke_test->imported;
    json["import_faults"] = inspection.smoke_test->import_errors;
    if (!inspection.smoke_test->untried.empty()) json["untried"] = inspection.smoke_test->untried;
  }
  if (!inspection.errors.empty()) json["remedy"] = inspection.hint;
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace provider_host::cli
