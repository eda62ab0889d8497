#include "server/failure_status.h"

#include <algorithm>
#include <cmath>

namespace provider_host::server {
namespace {

// When nobody knows better.
constexpr int kRetryAfter = 1;      // seconds
constexpr int kMaxRetryAfter = 60;  // clients do not obey longer ones

int retry_after(const Error& error) {
  if (!error.retry_after) return kRetryAfter;
  return std::clamp(static_cast<int>(std::ceil(std::min<double>(*error.retry_after, kMaxRetryAfter))), kRetryAfter,
                    kMaxRetryAfter);
}

}  // namespace

FailureStatus failure_status(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidRequest:
      return {400, false, std::nullopt};
    case ErrorKind::kFunctionNotFound:
      return {404, false, std::nullopt};
    case ErrorKind::kPythonException:
    case ErrorKind::kInvalidResponse:
    case ErrorKind::kQuarantined:
      return {422, false, std::nullopt};
    case ErrorKind::kCancelled:
      return {499, false, std::nullopt};
    case ErrorKind::kHostCrashed:
      return {502, false, std::nullopt};
    case ErrorKind::kTimeout:
      return {504, false, std::nullopt};
    case ErrorKind::kCollateral:
      return {503, true, std::nullopt};
    case ErrorKind::kQueueFull:
      return {429, true, retry_after(error)};
    case ErrorKind::kPoolUnavailable:
    case ErrorKind::kImportFailed:
    case ErrorKind::kShuttingDown:
      return {503, true, retry_after(error)};
    case ErrorKind::kProtocolError:
      break;
  }
  return {500, false, std::nullopt};
}

}  // namespace provider_host::server
