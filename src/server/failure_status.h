#pragma once

#include <optional>

#include "provider_host/error.h"

namespace provider_host::server {

/// How a failed call is told over HTTP.
struct FailureStatus {
  int status = 500;
  /// `x-should-retry`, which OpenAI's clients obey: whether the same request may succeed later.
  bool should_retry = false;
  /// `Retry-After` in seconds; nothing: no such header.
  std::optional<int> retry_after;
};

/// As docs/reference/http.md lists it.
FailureStatus failure_status(const Error& error);

/// Of a result whose `error` the provider has set itself.
inline constexpr FailureStatus kProviderError{422, false, std::nullopt};

}  // namespace provider_host::server
