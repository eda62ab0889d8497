#include "cli/examination.h"

#include <stdexcept>
#include <utility>

#include "cli/host_trial.h"
#include "provider_host/error.h"

namespace provider_host::cli {
namespace {

void look_at_interpreter(const std::string& python, Examination& findings) {
  try {
    findings.interpreter = find_interpreter(python);
  } catch (const ConfigError& error) {
    findings.problems.emplace_back(error.what());
    findings.remedy = "install Python 3.9 or later, or name one: provider-host doctor --python PYTHON";
    return;
  }
  try {
    findings.host = host_executable_for(*findings.interpreter);
    findings.trial = try_host(*findings.interpreter, {});
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

}  // namespace

Examination examine(const std::string& python) {
  Examination findings;
  findings.hosts = find_host_executables();
  findings.directories = host_executable_directories();
  findings.pythons = find_interpreters();
  findings.chosen_by = (python.empty() ? "" : "--python ") + interpreter_choice(python);
  look_at_interpreter(python, findings);
  return findings;
}

}  // namespace provider_host::cli
