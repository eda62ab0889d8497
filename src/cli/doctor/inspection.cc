#include "cli/doctor/inspection.h"

#include <spdlog/fmt/fmt.h>

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

constexpr auto kLeft = Table::Align::kLeft;

void look_at_interpreter(const std::string& python, Inspection& findings) {
  try {
    findings.interpreter = find_interpreter(python);
  } catch (const ConfigError& error) {
    findings.problems.emplace_back(error.what());
    findings.remedy = "install Python 3.9 or later, or name one: provider-host doctor --python PYTHON";
    return;
  }
  try {
    findings.host = host_executable_for(*findings.interpreter);
    findings.trial = smoke_test(*findings.interpreter, {});
    if (auto problem = problem_of(*findings.trial, *findings.interpreter); !problem.empty()) {
      findings.problems.push_back(std::move(problem));
    }
  } catch (const ConfigError& error) {
    findings.problems.emplace_back(error.what());
  } catch (const ImportFailed& failed) {
    findings.problems.push_back("the host does not start: " + std::string(failed.what()));
  } catch (const std::runtime_error& error) {
    findings.problems.emplace_back(error.what());
  }
  if (!findings.problems.empty()) findings.remedy = host_build_command(*findings.interpreter);
}

std::string indented(const Table& grid) {
  std::string text = "  " + grid.text(false);
  for (std::size_t at = text.find('\n'); at + 1 < text.size(); at = text.find('\n', at + 1)) text.insert(at + 1, "  ");
  return text;
}

std::string name_of(const Interpreter& python) {
  return fmt::format("{} {}{}{}{}", python.implementation == "cpython" ? "Python" : python.implementation,
                     python.version, python.free_threaded ? " free-threaded" : "", python.debug_build ? " debug" : "",
                     python.virtual_environment ? " (virtual environment)" : "");
}

std::string pythons_text(const Inspection& findings) {
  Table grid({kLeft, kLeft, kLeft});
  for (const Interpreter& python : findings.pythons) {
    std::string served = embedding_obstacle(python);
    if (served.empty()) served = find_host_executable(python) ? "served" : host_build_command(python);
    grid.add({{name_of(python), Colour::kNone}, {python.executable.string(), Colour::kNone}, {served, Colour::kNone}});
  }
  return grid.empty() ? "Pythons on this machine: none\n" : "Pythons on this machine:\n" + indented(grid);
}

std::string hosts_text(const Inspection& findings) {
  Table grid({kLeft, kLeft});
  for (const HostExecutable& host : findings.hosts) {
    grid.add({{"Python " + host.tag, Colour::kNone}, {host.path.string(), Colour::kNone}});
  }
  std::string text = grid.empty() ? "hosts: none\n" : "hosts:\n" + indented(grid);
  text += "looked in:\n";
  for (const fs::path& directory : findings.directories) {
    std::error_code ignored;
    text +=
        fmt::format("  {}{}\n", directory.string(), fs::is_directory(directory, ignored) ? "" : " (no such directory)");
  }
  return text;
}

// What runs as the interpreter is another build of its version: which, and how to get a host for exactly this one.
std::string other_build_text(const Inspection& findings) {
  const SmokeTest& trial = *findings.trial;
  if (trial.is_same_build()) return "";
  const std::string why = findings.interpreter->libpython.empty() ? "this Python has no shared libpython"
                                                                  : "the host contains a libpython, or cannot load " +
                                                                        findings.interpreter->libpython.string();
  return fmt::format(
      "  in the host, Python is another build, {} ({})\n  for a host of exactly this one: provider-host doctor --build "
      "{}\n",
      trial.version, why, findings.interpreter->executable.string());
}

std::string choice_text(const Inspection& findings) {
  std::string text = fmt::format("interpreter, from {}:\n", findings.chosen_by);
  if (!findings.interpreter) return text + "  none\n";
  const Interpreter& python = *findings.interpreter;
  text += fmt::format("  {}, {}\n", name_of(python), python.executable.string());
  if (!findings.trial) return text;
  text += fmt::format("  {} serves it; ready {:.0f} ms after its start\n", findings.host->path.filename().string(),
                      findings.trial->start.ready_ms);
  text += fmt::format("  scripts can import {}\n", fmt::join(findings.trial->imported, ", "));
  return text + other_build_text(findings);
}

ordered_json description(const Interpreter& python) {
  ordered_json json = {{"executable", python.executable.string()},
                       {"implementation", python.implementation},
                       {"version", python.version},
                       {"tag", python.tag},
                       {"virtual_environment", python.virtual_environment},
                       {"host", nullptr}};
  const std::string obstacle = embedding_obstacle(python);
  if (!obstacle.empty()) {
    json["obstacle"] = obstacle;
  } else if (const auto host = find_host_executable(python)) {
    json["host"] = host->path.string();
  } else {
    json["remedy"] = host_build_command(python);
  }
  return json;
}

}  // namespace

Inspection inspect_machine(const std::string& python) {
  Inspection findings;
  findings.hosts = find_host_executables();
  findings.directories = host_executable_directories();
  findings.pythons = find_interpreters();
  findings.chosen_by = (python.empty() ? "" : "--python ") + interpreter_choice(python);
  look_at_interpreter(python, findings);
  return findings;
}

std::string text_of(const Inspection& findings) {
  std::string text = hosts_text(findings) + pythons_text(findings) + choice_text(findings);
  for (const std::string& problem : findings.problems) text += fmt::format("problem: {}\n", problem);
  return text + (findings.problems.empty() ? "All is well." : "What helps: " + findings.remedy);
}

std::string json_of(const Inspection& findings) {
  ordered_json hosts = ordered_json::array();
  for (const HostExecutable& host : findings.hosts) {
    hosts.push_back({{"python", host.tag}, {"path", host.path.string()}});
  }
  ordered_json directories = ordered_json::array();
  for (const fs::path& directory : findings.directories) directories.push_back(directory.string());
  ordered_json pythons = ordered_json::array();
  for (const Interpreter& python : findings.pythons) pythons.push_back(description(python));
  ordered_json json = {{"ok", findings.problems.empty()}, {"hosts", hosts},
                       {"directories", directories},      {"pythons", pythons},
                       {"interpreter", nullptr},          {"problems", findings.problems}};
  if (findings.interpreter) {
    json["interpreter"] = description(*findings.interpreter);
    json["interpreter"]["chosen_by"] = findings.chosen_by;
  }
  if (findings.host) json["host"] = findings.host->path.string();
  if (findings.trial) {
    json["ready_ms"] = findings.trial->start.ready_ms;
    json["embedded_version"] = findings.trial->start.python_version;
    json["same_build"] = findings.trial->is_same_build();
    json["imported"] = findings.trial->imported;
    json["import_faults"] = findings.trial->faults;
  }
  if (!findings.problems.empty()) json["remedy"] = findings.remedy;
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace provider_host::cli
