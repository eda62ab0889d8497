#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace provider_host {

/// Why a call failed. A kind is a decision a caller can make (retry, fix the script, fix the input); everything else
/// is in the message.
enum class ErrorKind : std::uint8_t {
  kPythonException,   ///< User code raised; `SystemExit`, `KeyboardInterrupt`, `CancelledError` included.
  kFunctionNotFound,  ///< The script has no such callable; the message lists what there is.
  kInvalidRequest,    ///< The arguments are no JSON, of the wrong shape, or too large.
  kInvalidResponse,   ///< The returned value has no JSON form, or fails the API's validation.
  kImportFailed,      ///< The script could not be imported.
  kTimeout,           ///< `timeout` or `deadline` passed.
  kCancelled,         ///< The caller cancelled.
  kHostCrashed,       ///< The host died while this call was the one running.
  kCollateral,        ///< The host died under another call.
  kQuarantined,       ///< This input has crashed as many hosts as allowed; it was not tried.
  kPoolUnavailable,   ///< No host can be started, or the crash-loop breaker is open.
  kQueueFull,         ///< The bounded queue is full.
  kShuttingDown,      ///< The pool is closing.
  kProtocolError,     ///< A peer broke the frame protocol.
};

/// The kind's name as it stands in JSON, such as `python_exception`.
std::string_view to_string(ErrorKind kind);

/// The kind of that name, or nothing when there is none.
std::optional<ErrorKind> parse_error_kind(std::string_view name);

/// One failed call (or one failed start). A plain value: copy it, keep it, print it.
///
/// Fields that do not apply are empty. Texts are valid UTF-8 whatever the script printed.
struct Error {
  ErrorKind kind = ErrorKind::kProtocolError;
  std::string message;    ///< One sentence for a person: what happened, where, who caused it.
  std::string traceback;  ///< The Python traceback as text.

  std::string type;              ///< Python exception type (`python_exception`, `import_failed`).
  std::string partial;           ///< Of a call whose items are joined: what had come before, joined as
                                 ///< in the result's `output`; JSON text if that is no text (`python_exception`,
                                 ///< `invalid_response`).
  std::string path;              ///< Location in the result, as `$.output.items[3]` (`invalid_response`).
  std::optional<int> signal;     ///< Signal that ended the host.
  std::optional<int> exit_code;  ///< Exit code of the host.
  std::string stack;             ///< Python stack of all threads at a crash or timeout (faulthandler).
  std::string stderr_tail;       ///< Last lines the host wrote to stderr; JSON key `stderr`.
  std::string verdict;           ///< A likely cause, such as `out-of-memory: the kernel killed it`.
  std::optional<std::uint64_t> peak_rss;  ///< The most resident memory that the host had, in bytes (`host_crashed`).
  std::string phase;                      ///< `queued` or `running` (`timeout`).
  std::optional<double> queued_s;         ///< Seconds from submission to when a host had it (`timeout`).
  std::optional<double> ran_s;            ///< Seconds that a host had it (`timeout`).
  std::optional<std::string> culprit;     ///< Id of the call that crashed the host (`collateral`).
  std::optional<int> crashes;             ///< Hosts this input has crashed (`quarantined`, `host_crashed`).
  std::string last_error;                 ///< What the last start or crash said (`pool_unavailable`).
  std::optional<double> retry_after;      ///< Seconds until the pool tries again (`pool_unavailable`, `import_failed`).
  std::optional<std::uint64_t> limit;     ///< Size of the queue (`queue_full`).
};

/// The error as an object: `kind`, `message`, and those of the other fields that are set.
nlohmann::ordered_json to_json(const Error& error);

/// `kind: message`, then traceback and stack on lines of their own.
std::ostream& operator<<(std::ostream& out, const Error& error);

/// Thrown by `Pool`'s constructor and `Pool::reload` when the script could not be imported; `what()` is the message
/// with the traceback.
class ImportFailed : public std::runtime_error {
 public:
  explicit ImportFailed(Error error);
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// Thrown by `Pool::inspect`; `what()` is the message.
class InspectionFailed : public std::runtime_error {
 public:
  explicit InspectionFailed(Error error);
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// Thrown for wrong options: a missing or wrong interpreter, no host for its version, zero workers. `what()` is valid
/// UTF-8, whatever the paths in it.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(const std::string& what);
};

}  // namespace provider_host
