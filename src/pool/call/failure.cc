#include "pool/call/failure.h"

#include <spdlog/fmt/fmt.h>

#include "base/utf8.h"
#include "platform/signal_names.h"
#include "pool/host/stacks.h"
#include "wire/flat_object.h"

namespace provider_host::internal {
namespace {

std::string likely(const HostInfo& host) { return host.verdict.empty() ? "" : "; likely cause: " + host.verdict; }

std::string name_of(const HostInfo& host) { return fmt::format("host {} (pid {})", host.number, host.pid); }

// Where the code of `call` was, or whatever code ran when that is not known.
std::string at_frame(const HostInfo& host, std::string_view word, std::uint64_t call = 0) {
  const std::string_view of_call = call_section(host.stack, call);
  const std::string_view stack = of_call.empty() ? std::string_view(host.stack) : of_call;
  const std::string frame = innermost_frame(stack);
  if (frame.empty()) return "";
  // A library's frame alone says little: name the script's own line too.
  const std::string own = innermost_frame(stack, host.script);
  return fmt::format(", {} {}{}", word, frame, own.empty() || own == frame ? "" : ", called from " + own);
}

Error with_info(Error error, const HostInfo& host) {
  error.verdict = host.verdict;
  if (host.peak_rss > 0) error.peak_rss = host.peak_rss;
  error.stack = host.stack;
  error.stderr_tail = host.stderr_tail;
  return error;
}

Error make(ErrorKind kind, const std::string& message) {
  Error error;
  error.kind = kind;
  error.message = to_valid_utf8(message);  // paths may hold any bytes
  return error;
}

std::string how_it_ended(const HostInfo& host, const process::ExitStatus& status) {
  return host.executed.empty() ? describe(status)
                               : fmt::format("replaced itself with {} (as os.execv does)", host.executed);
}

// What became of the other program tells nothing.
Error with_status(Error error, const HostInfo& host, const process::ExitStatus& status) {
  if (!host.executed.empty()) return error;
  error.signal = status.signal;
  error.exit_code = status.exit_code;
  return error;
}

}  // namespace

Error host_crashed(const HostInfo& host, const process::ExitStatus& status, std::string_view function,
                   std::size_t suspects) {
  const std::string doubt =
      suspects > 1 ? fmt::format("; {} calls were in flight and which of them did it is not known", suspects) : "";
  Error error = make(ErrorKind::kHostCrashed,
                     fmt::format("{} {} while running {}{}{}{}", name_of(host), how_it_ended(host, status), function,
                                 at_frame(host, "at"), doubt, likely(host)));
  return with_info(with_status(std::move(error), host, status), host);
}

Error collateral(const HostInfo& host, const process::ExitStatus& status, std::uint64_t culprit,
                 std::string_view function) {
  Error error =
      make(ErrorKind::kCollateral,
           fmt::format("{} {} under another call: call {} of {}{}; this call was in flight beside it{}", name_of(host),
                       how_it_ended(host, status), culprit, function, at_frame(host, "at"), likely(host)));
  error.culprit = std::to_string(culprit);
  return with_info(with_status(std::move(error), host, status), host);
}

Error quarantined(int crashes, std::string_view function) {
  Error error =
      make(ErrorKind::kQuarantined, fmt::format("{} with these arguments has crashed {} host{}; it was not tried again "
                                                "(quarantine_after)",
                                                function, crashes, crashes == 1 ? "" : "s"));
  error.crashes = crashes;
  return error;
}

Error died_while_starting(const HostInfo& host, const process::ExitStatus& status, std::string_view script) {
  Error error = make(ErrorKind::kImportFailed,
                     fmt::format("{} {} while importing {}{}{}", name_of(host), how_it_ended(host, status), script,
                                 at_frame(host, "at"), likely(host)));
  if (!host.executed.empty())
    error.message += "; name the Python that the script wants (--python), so that it need not";
  error.type = status.signal && host.executed.empty() ? platform::signal_name(*status.signal) : "ProcessExit";
  return with_info(with_status(std::move(error), host, status), host);
}

Error start_timed_out(const HostInfo& host, double start_timeout, std::string_view script) {
  Error error = make(ErrorKind::kImportFailed,
                     fmt::format("the import of {} did not end within {:g} s (start_timeout){}; {} was stopped", script,
                                 start_timeout, at_frame(host, "it was at"), name_of(host)));
  error.type = "TimeoutError";
  error.phase = "starting";
  return with_info(std::move(error), host);
}

Error timed_out_running(const HostInfo& host, std::string_view limit_name, double limit, TimeSpent spent,
                        std::string_view function, std::uint64_t call) {
  Error error = make(ErrorKind::kTimeout,
                     fmt::format("{} was still running when its {} of {:g} s passed (queued {:.3f} s, ran {:.3f} s){}; "
                                 "{} was told to stop it",
                                 function, limit_name, limit, spent.queued, spent.running,
                                 at_frame(host, "it was at", call), name_of(host)));
  error.queued_s = spent.queued;
  error.ran_s = spent.running;
  if (host.stopped) {
    error.verdict = "its process was stopped by a signal (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU) and never woken";
    error.message += "; " + error.verdict;
  }
  error.phase = "running";
  error.stack = without_repeated_calls(host.stack);
  return error;
}

std::string died_while_ending(const HostInfo& host, const process::ExitStatus& status) {
  return fmt::format("{} {} while it ended{}{}; its calls had completed", name_of(host), describe(status),
                     at_frame(host, "at"), likely(host));
}

std::string ends_too_slowly(const HostInfo& host, double stop_grace) {
  std::string where = at_frame(host, "it was at");
  const std::string thread = innermost_frame_of_any_thread(host.stack, host.script);
  if (where.empty() && !thread.empty()) {
    where = ", a thread of it was at " + thread;
  } else if (!thread.empty() && where.find(thread) == std::string::npos) {
    where += ", a thread of it at " + thread;
  }
  return fmt::format(
      "{} had not ended {:g} s after it was told to (stop_grace){}; it is killed, and what it had not "
      "written yet is lost",
      name_of(host), stop_grace, where);
}

Error timed_out_queued(double limit) {
  Error error =
      make(ErrorKind::kTimeout,
           fmt::format("the call was still queued when its deadline of {:g} s passed; no host ran it", limit));
  error.phase = "queued";
  error.queued_s = limit;
  error.ran_s = 0;
  return error;
}

Error timed_out_importing(const HostInfo& host, double limit, double import_seconds) {
  Error error = with_info(timed_out_queued(limit), host);
  error.message +=
      fmt::format(", as the script has been importing for {:.1f} s{}", import_seconds, at_frame(host, "it was at"));
  return error;
}

Error cancelled(bool running) {
  return make(ErrorKind::kCancelled,
              running ? "the caller cancelled the call while it was running; its code was told to stop"
                      : "the caller cancelled the call before a host had it");
}

Error start_interrupted(std::string_view script) {
  return make(ErrorKind::kCancelled, fmt::format("the start was interrupted while hosts imported {}", script));
}

Error reload_interrupted(std::string_view script) {
  return make(ErrorKind::kCancelled, fmt::format("nobody waits for the reload of {} any more; it goes on", script));
}

Error shutting_down() { return make(ErrorKind::kShuttingDown, "the pool is shutting down"); }

Error queue_full(std::size_t limit) {
  Error error = make(ErrorKind::kQueueFull, fmt::format("{} calls are waiting already (max_queue)", limit));
  error.limit = limit;
  return error;
}

Error invalid_request(std::string message) { return make(ErrorKind::kInvalidRequest, std::move(message)); }

Error protocol_error(const HostInfo& host, std::string_view violation) {
  return with_info(
      make(ErrorKind::kProtocolError, fmt::format("{} broke the frame protocol: {}", name_of(host), violation)), host);
}

Error pool_unavailable(const Error& last, double retry_after, bool has_started) {
  if (!has_started && last.kind == ErrorKind::kImportFailed) {
    Error error = last;
    error.retry_after = retry_after;
    return error;
  }
  Error error = make(ErrorKind::kPoolUnavailable,
                     fmt::format("no host can be started, the next try is due in {:.1f} s; the last error was {}: {}",
                                 retry_after, to_string(last.kind), last.message));
  error.last_error = last.message;
  error.retry_after = retry_after;
  error.traceback = last.traceback;
  return error;
}

Error parse_error(std::string_view text) {
  const auto object = wire::FlatObject::parse(text);
  if (!object) return make(ErrorKind::kProtocolError, "the host sent an error that is no object");
  auto field = [&object](const char* name) {
    const std::string* const found = object->text(name);
    return found != nullptr ? *found : std::string();
  };
  Error error;
  error.kind = parse_error_kind(field("kind")).value_or(ErrorKind::kProtocolError);
  error.message = field("message");
  error.traceback = field("traceback");
  error.type = field("type");
  error.path = field("path");
  error.partial = field("partial");
  return error;
}

}  // namespace provider_host::internal
