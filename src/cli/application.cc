#include "cli/application.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <type_traits>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/commands/script_spec.h"
#include "cli/exit_code.h"
#include "cli/io/output_error.h"
#include "cli/suggestion.h"
#include "platform/clone3.h"
#include "platform/ignored_signals.h"
#include "platform/standard_streams.h"
#include "process/error_text.h"
#include "provider_host/error.h"

namespace provider_host::cli {
namespace {

int run_command(const CallOptions& options, Session session) { return run_call(options, session); }
int run_command(const BatchOptions& options, Session session) { return run_batch(options, session); }
int run_command(const MergeOptions& options, Session session) { return run_merge(options, session); }
int run_command(const PipeOptions& options, Session session) { return run_pipe(options, session); }
int run_command(const ServeOptions& options, Session session) { return run_serve(options, session); }
int run_command(const CheckOptions& options, Session session) { return run_check(options, session); }
int run_command(const DoctorOptions& options, Session session) { return run_doctor(options, session); }

LogThreshold threshold_of(const CommonOptions& options) { return options.log_level; }
LogThreshold threshold_of(const MergeOptions& /*options*/) { return LogThreshold::kInfo; }
LogThreshold threshold_of(const DoctorOptions& /*options*/) { return LogThreshold::kWarning; }

Signals::Hangups hangups_of(const ServeOptions& /*options*/) { return Signals::Hangups::kYes; }
Signals::Hangups hangups_of(const PipeOptions& /*options*/) {
  // Under `nohup` it is to outlive its terminal, and its scripts with it.
  return platform::is_ignored(SIGHUP) ? Signals::Hangups::kNo : Signals::Hangups::kYes;
}
template <typename Options>
Signals::Hangups hangups_of(const Options& /*options*/) {
  return Signals::Hangups::kNo;
}

std::filesystem::path script_of(const CommonOptions& options) { return parse_script_spec(options.script).script; }
std::filesystem::path script_of(const MergeOptions& /*options*/) { return {}; }
std::filesystem::path script_of(const DoctorOptions& /*options*/) { return {}; }

// The parent may have left SIGCHLD ignored. Then exit statuses of children would be lost.
void keep_exit_statuses() { ::signal(SIGCHLD, SIG_DFL); }

// When descriptors ran out, the message names the limit instead of the file that could not be opened.
// `details`: what a host wrote.
int report(Console& console, std::string what, int code, const std::string& details = "") {
  const auto tells = [&](const char* text) { return (what + details).find(text) != std::string::npos; };
  const bool out_of_descriptors = tells(std::strerror(EMFILE)) || tells(std::strerror(ENFILE));
  if (out_of_descriptors && !tells("ulimit -n")) what += "; raise the limit on open files (`ulimit -n`)";
  console.error(what);
  return out_of_descriptors ? kInternalError : code;
}

int report(Console& console, const std::filesystem::path& script, const ImportFailed& failed) {
  const Error& error = failed.error();
  const std::string hint = error.traceback.empty() ? script_suggestion(script) : "";
  return report(console, failed.what() + hint, kImportFailed, error.stderr_tail);
}

// Whether no thread or process could be started, so that the message says why.
bool is_failed_start(const std::exception& error) {
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr) return false;
  return system->code() == std::error_code(EAGAIN, std::generic_category()) ||
         (system->code() == std::error_code(EPERM, std::generic_category()) && !platform::clone3_hint(EPERM).empty());
}

// Runs `action`; turns an exception into a message and an exit code.
template <typename Options, typename Action>
int exit_code_of(Console& console, const Options& options, Action action) {
  try {
    return action();
  } catch (const OutputClosed&) {
    return kDone;
  } catch (const OutputFailed& failed) {
    return report(console, failed.what(), kInternalError);
  } catch (const UsageError& error) {
    return report(console, error.what(), kWrongUsage);
  } catch (const ConfigError& error) {
    return report(console, error.what(), kWrongUsage);
  } catch (const ImportFailed& failed) {
    return report(console, script_of(options), failed);
  } catch (const std::exception& error) {
    const std::string what = process::error_text(error);
    return report(console, (is_failed_start(error) ? "" : "internal error: ") + what, kInternalError);
  }
}

}  // namespace

int run(int argc, char** argv) {
  platform::occupy_standard_streams();
  keep_exit_statuses();
  const Command command = parse_command_line(argc, argv);
  return std::visit(
      [](const auto& options) -> int {
        if constexpr (std::is_same_v<std::decay_t<decltype(options)>, Exit>) {
          return options.code;
        } else {
          Console console(STDERR_FILENO, threshold_of(options));
          return exit_code_of(console, options, [&] {
            Signals signals(hangups_of(options));
            return run_command(options, {console, signals});
          });
        }
      },
      command);
}

}  // namespace provider_host::cli
