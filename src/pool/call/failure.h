#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "process/child.h"
#include "provider_host/error.h"

namespace provider_host::internal {

/// The messages of all errors of a pool. Pure. `stack` is what faulthandler wrote, `stderr_tail` what the script wrote.

/// What is known about a host at the time of an error.
struct HostInfo {
  int number = 0;
  int pid = 0;
  std::string stack;
  std::string stderr_tail;
  std::string script{};  ///< Absolute path.
  std::string verdict{};
  std::uint64_t peak_rss = 0;  ///< Bytes; 0: not known.
  bool stopped = false;        ///< It is stopped (SIGSTOP).
  std::string executed{};      ///< The program that it has executed (execve); empty: none.
};

/// How long a call waited and ran until it failed, in seconds.
struct TimeSpent {
  double queued = 0;
  double running = 0;
};

/// `suspects`: how many calls may have caused it; above 1 it is not known which did.
Error host_crashed(const HostInfo& host, const process::ExitStatus& status, std::string_view function,
                   std::size_t suspects = 1);
/// For a call in flight beside the culprit; `function` is the culprit's.
Error collateral(const HostInfo& host, const process::ExitStatus& status, std::uint64_t culprit,
                 std::string_view function);
Error quarantined(int crashes, std::string_view function);
Error died_while_starting(const HostInfo& host, const process::ExitStatus& status, std::string_view script);
Error start_timed_out(const HostInfo& host, double start_timeout, std::string_view script);
/// `limit_name` is `timeout` or `deadline`.
Error timed_out_running(const HostInfo& host, std::string_view limit_name, double limit, TimeSpent spent,
                        std::string_view function, std::uint64_t call);
/// For the log: a host died on its way out, when all its calls had completed.
std::string died_while_ending(const HostInfo& host, const process::ExitStatus& status);
/// For the log: a host that was to end has not, and is killed.
std::string ends_too_slowly(const HostInfo& host, double stop_grace);
Error timed_out_queued(double limit);
/// No host was ready: `host` has been importing the script for as long.
Error timed_out_importing(const HostInfo& host, double limit, double import_seconds);
Error cancelled(bool running);
Error start_interrupted(std::string_view script);
Error reload_interrupted(std::string_view script);
Error shutting_down();
Error queue_full(std::size_t limit);
Error invalid_request(std::string message);
Error protocol_error(const HostInfo& host, std::string_view violation);
/// Before any host has become ready, an import that failed is told as such.
Error pool_unavailable(const Error& last, double retry_after, bool has_started = true);

/// An ERROR object of the protocol as an Error.
Error parse_error(std::string_view json);

}  // namespace provider_host::internal
