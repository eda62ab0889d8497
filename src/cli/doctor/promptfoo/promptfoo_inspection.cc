#include "cli/doctor/promptfoo/promptfoo_inspection.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <system_error>

#include "cli/doctor/build_log.h"
#include "cli/doctor/promptfoo/node_package.h"
#include "cli/doctor/promptfoo/search_path.h"
#include "cli/doctor/promptfoo/trials.h"
#include "provider_host/error.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;
using Status = Finding::Status;

// Of promptfoo 0.123.
constexpr const char* kOldestNode = "22.22.0";

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

bool is_switched_off() { return environment("PROVIDER_HOST_PROMPTFOO") == "off"; }

// A check that throws has failed.
Finding check(const std::string& topic, const std::string& remedy, const std::function<Finding()>& make) {
  Finding finding;
  try {
    finding = make();
  } catch (const std::exception& error) {
    finding = {"", Status::kFailed, error.what(), remedy};
  }
  finding.topic = topic;
  return finding;
}

Finding check_interpreter(const DropIn& drop_in, std::optional<Interpreter>& found) {
  found = interpreter_of(drop_in);
  const std::string text =
      fmt::format("Python {}, {}, from {}", found->version, found->executable.string(), interpreter_choice_of(drop_in));
  if (const auto host = find_host_executable(*found)) {
    return {"", Status::kOk, fmt::format("{}; {} serves it", text, host->path.filename().string()), ""};
  }
  return {"", Status::kFailed, text + "; there is no host for it", host_build_command(*found)};
}

Finding check_worker(const DropIn& drop_in) {
  const WorkerTrial trial = try_worker(drop_in);
  return {"", Status::kOk,
          fmt::format("ready after {:.0f} ms, a call answered after {:.0f} ms", trial.ready_ms, trial.call_ms), ""};
}

Finding check_one_shots(const DropIn& drop_in) {
  const OneShotTrial trial = try_one_shots(drop_in);
  const std::string times =
      fmt::format("the first took {:.0f} ms, the second {:.0f} ms", trial.first_ms, trial.second_ms);
  if (trial.warm) return {"", Status::kOk, "a warm process runs them: " + times, ""};
  if (environment("PROVIDER_HOST_HELPER") == "off") {
    return {"", Status::kWarning, "PROVIDER_HOST_HELPER=off: each starts an interpreter; " + times,
            "unset PROVIDER_HOST_HELPER"};
  }
  return {"", Status::kWarning, "no warm process runs them, each starts an interpreter; " + times, ""};
}

Finding check_promptfoo(const std::optional<NodePackage>& promptfoo) {
  if (!promptfoo) {
    return {"", Status::kWarning, "neither on PATH nor in node_modules/.bin, here and above", "npm install promptfoo"};
  }
  const std::string version = promptfoo->version.empty() ? "of unknown version" : promptfoo->version;
  return {"", Status::kOk, fmt::format("{}, {}", version, promptfoo->program.string()), ""};
}

Finding check_node(const std::optional<NodePackage>& promptfoo) {
  const Status unusable = promptfoo ? Status::kFailed : Status::kWarning;
  const std::string oldest = promptfoo && !promptfoo->oldest_node.empty() ? promptfoo->oldest_node : kOldestNode;
  const std::string remedy = "install Node.js " + oldest + " or newer";
  const auto node = on_search_path("node");
  if (!node) return {"", unusable, "there is no node on PATH", remedy};
  const std::string version = first_line_of({node->string(), "--version"});
  if (version.empty()) return {"", unusable, node->string() + " does not tell its version", remedy};
  const std::string text = fmt::format("{}, {}", version, node->string());
  if (!is_older(version, oldest)) return {"", Status::kOk, text, ""};
  return {"", unusable, fmt::format("{}; promptfoo needs {}", text, oldest), remedy};
}

Finding check_variable(const DropIn& drop_in) {
  const std::string value = environment("PROMPTFOO_PYTHON");
  if (is_switched_off()) {
    return {"", Status::kFailed, "PROVIDER_HOST_PROMPTFOO=off makes provider-host-python the plain interpreter",
            "unset PROVIDER_HOST_PROMPTFOO"};
  }
  if (value.empty()) return {"", Status::kWarning, "not set, so promptfoo runs its own Python as yet", ""};
  std::error_code ignored;
  const auto program = value.find('/') == std::string::npos ? on_search_path(value) : fs::path(value);
  if (program && fs::equivalent(*program, drop_in.path, ignored)) return {"", Status::kOk, value, ""};
  return {"", Status::kFailed, fmt::format("{}, which is not {}", value, drop_in.path.string()),
          "set it as shown below"};
}

}  // namespace

bool PromptfooInspection::works() const {
  return std::ranges::none_of(findings, [](const Finding& each) { return each.status == Status::kFailed; });
}

PromptfooInspection inspect_promptfoo() {
  PromptfooInspection inspection;
  auto& findings = inspection.findings;
  findings.push_back(check("provider-host-python", "", [&] {
    inspection.drop_in = find_drop_in();
    return Finding{"", Status::kOk, inspection.drop_in->path.string(), ""};
  }));
  if (inspection.drop_in) {
    const DropIn& drop_in = *inspection.drop_in;
    findings.push_back(check("interpreter", "provider-host doctor says more",
                             [&] { return check_interpreter(drop_in, inspection.interpreter); }));
    if (inspection.works() && !is_switched_off()) {
      findings.push_back(check("providers", "", [&] { return check_worker(drop_in); }));
      findings.push_back(check("assertions, prompts, …", "", [&] { return check_one_shots(drop_in); }));
    }
  }
  std::error_code gone;
  const auto promptfoo = find_promptfoo(fs::current_path(gone));
  findings.push_back(check("promptfoo", "", [&] { return check_promptfoo(promptfoo); }));
  findings.push_back(check("Node.js", "", [&] { return check_node(promptfoo); }));
  if (inspection.drop_in) {
    findings.push_back(check("PROMPTFOO_PYTHON", "", [&] { return check_variable(*inspection.drop_in); }));
  }
  return inspection;
}

}  // namespace provider_host::cli
