#include "cli/doctor_command.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "cli/exit_code.h"
#include "cli/file_descriptor.h"
#include "provider_host/pool.h"
#include "provider_host/pythons.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

/// What a look at this machine found.
struct Examination {
  std::vector<HostExecutable> hosts;
  std::vector<fs::path> folders;
  std::string chosen_by;
  std::optional<Interpreter> interpreter;
  std::optional<HostExecutable> host;  // of the interpreter
  std::optional<double> ready_ms;      // of a trial start
  std::vector<std::string> problems;
};

std::string chosen_by(const DoctorOptions& options) {
  return (options.python.empty() ? "" : "--python ") + interpreter_choice(options.python);
}

/// An empty provider script that is gone at the end.
class TrialScript {
 public:
  TrialScript() {
    path_ = (fs::temp_directory_path() / "provider_host_doctor_XXXXXX.py").string();
    const FileDescriptor file(::mkstemps(path_.data(), 3));
    if (file.get() < 0) throw std::system_error(errno, std::generic_category(), path_);
  }
  ~TrialScript() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TrialScript(const TrialScript&) = delete;
  TrialScript& operator=(const TrialScript&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

double start_once(const std::string& python) {
  const TrialScript script;
  PoolOptions options;
  options.script = script.path();
  options.python = python;
  options.start_timeout = 30;
  options.log = [](const LogLine&) {};
  Pool pool(options);
  return pool.inspect().ready_ms;
}

void look_at_interpreter(const DoctorOptions& options, Examination& findings) {
  try {
    findings.interpreter = find_interpreter(options.python);
    findings.host = host_executable_for(*findings.interpreter);
    findings.ready_ms = start_once(options.python);
  } catch (const ConfigError& error) {
    findings.problems.emplace_back(error.what());
  } catch (const ImportFailed& failed) {
    findings.problems.push_back("the host does not start: " + std::string(failed.what()));
  }
}

std::string remedy(const Examination& findings) {
  if (!findings.interpreter) return "install Python 3.9 or later, or name one: provider-host doctor --python PATH";
  const std::string python = findings.interpreter->executable.string();
  return "provider-host doctor --build " + python;
}

std::string text_of(const Examination& findings) {
  std::string text = findings.hosts.empty() ? "hosts: none\n" : "hosts:\n";
  for (const HostExecutable& host : findings.hosts) {
    text += fmt::format("  Python {:5} {}\n", host.tag, host.path.string());
  }
  text += "looked in:\n";
  for (const fs::path& folder : findings.folders) {
    std::error_code ignored;
    text += fmt::format("  {}{}\n", folder.string(), fs::is_directory(folder, ignored) ? "" : " (no such folder)");
  }
  text += fmt::format("interpreter, from {}:\n", findings.chosen_by);
  if (const auto& python = findings.interpreter) {
    text += fmt::format("  Python {}{}, {}\n", python->version,
                        python->virtual_environment ? " (virtual environment)" : "", python->executable.string());
  } else {
    text += "  none\n";
  }
  if (findings.ready_ms) {
    text += fmt::format("  {} serves it; ready {:.0f} ms after its start\n", findings.host->path.filename().string(),
                        *findings.ready_ms);
  }
  for (const std::string& problem : findings.problems) text += fmt::format("problem: {}\n", problem);
  text += findings.problems.empty() ? "All is well." : "What helps: " + remedy(findings);
  return text;
}

std::string json_of(const Examination& findings) {
  ordered_json hosts = ordered_json::array();
  for (const HostExecutable& host : findings.hosts) {
    hosts.push_back({{"python", host.tag}, {"path", host.path.string()}});
  }
  ordered_json folders = ordered_json::array();
  for (const fs::path& folder : findings.folders) folders.push_back(folder.string());
  ordered_json json = {{"ok", findings.problems.empty()},
                       {"hosts", hosts},
                       {"folders", folders},
                       {"interpreter", nullptr},
                       {"problems", findings.problems}};
  if (const auto& python = findings.interpreter) {
    json["interpreter"] = {{"executable", python->executable.string()},
                           {"version", python->version},
                           {"virtual_environment", python->virtual_environment},
                           {"chosen_by", findings.chosen_by}};
  }
  if (findings.host) json["host"] = findings.host->path.string();
  if (findings.ready_ms) json["ready_ms"] = *findings.ready_ms;
  if (!findings.problems.empty()) json["remedy"] = remedy(findings);
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

int run_doctor(const DoctorOptions& options, Session /*session*/) {
  Examination findings;
  findings.hosts = find_host_executables();
  findings.folders = host_executable_folders();
  findings.chosen_by = chosen_by(options);
  look_at_interpreter(options, findings);
  print(options.json ? json_of(findings) : text_of(findings));
  return findings.problems.empty() ? kDone : kSomeFailed;
}

}  // namespace provider_host::cli
