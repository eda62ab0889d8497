#include "provider_host/error.h"

#include <array>
#include <ostream>
#include <utility>

#include "base/utf8.h"

namespace provider_host {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 14> kNames{{
    {ErrorKind::kPythonException, "python_exception"},
    {ErrorKind::kFunctionNotFound, "function_not_found"},
    {ErrorKind::kInvalidRequest, "invalid_request"},
    {ErrorKind::kInvalidResponse, "invalid_response"},
    {ErrorKind::kImportFailed, "import_failed"},
    {ErrorKind::kTimeout, "timeout"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kHostCrashed, "host_crashed"},
    {ErrorKind::kCollateral, "collateral"},
    {ErrorKind::kQuarantined, "quarantined"},
    {ErrorKind::kPoolUnavailable, "pool_unavailable"},
    {ErrorKind::kQueueFull, "queue_full"},
    {ErrorKind::kShuttingDown, "shutting_down"},
    {ErrorKind::kProtocolError, "protocol_error"},
}};

std::string with_traceback(const Error& error) {
  std::string text = error.message;
  for (const std::string& more : {error.traceback, error.stack, error.stderr_tail}) {
    if (!more.empty()) text += "\n" + more;
  }
  return text;
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  for (const auto& [value, name] : kNames) {
    if (value == kind) return name;
  }
  return "protocol_error";
}

std::optional<ErrorKind> parse_error_kind(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

nlohmann::ordered_json to_json(const Error& error) {
  nlohmann::ordered_json json = {{"kind", to_string(error.kind)}, {"message", error.message}};
  auto text = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  auto number = [&json](const char* name, const auto& value) {
    if (value) json[name] = *value;
  };
  text("type", error.type);
  text("path", error.path);
  text("partial", error.partial);
  text("phase", error.phase);
  number("queued_s", error.queued_s);
  number("ran_s", error.ran_s);
  number("signal", error.signal);
  number("exit_code", error.exit_code);
  text("verdict", error.verdict);
  number("peak_rss", error.peak_rss);
  number("culprit", error.culprit);
  number("crashes", error.crashes);
  text("last_error", error.last_error);
  number("retry_after", error.retry_after);
  number("limit", error.limit);
  text("traceback", error.traceback);
  text("stack", error.stack);
  text("stderr", error.stderr_tail);
  return json;
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << to_string(error.kind) << ": " << with_traceback(error);
}

ConfigError::ConfigError(const std::string& what) : std::runtime_error(to_valid_utf8(what)) {}

InspectionFailed::InspectionFailed(Error error)
    : std::runtime_error("the script cannot be inspected: " + error.message), error_(std::move(error)) {}

ImportFailed::ImportFailed(Error error) : std::runtime_error(with_traceback(error)), error_(std::move(error)) {}

}  // namespace provider_host
