#pragma once

#include <string>

#include "provider_host/outcome.h"
#include "server/failure_status.h"
#include "server/http/exchange.h"
#include "server/http/response.h"
#include "server/openai/bad_request.h"
#include "server/server_context.h"

namespace provider_host::server {

/// How the errors of a path look.
enum class ErrorFormat {
  kOpenai,  ///< `{"error":{"message","type","param","code"}}`
  kOwn,     ///< `{"ok":false,"error":{"kind","message",…}}`
};

/// A response with its code, `x-should-retry` and `Retry-After`.
Response failure_response(const FailureStatus& status, std::string body);

/// The body for a failed call.
std::string failure_body(const Error& error, ErrorFormat format);

/// The response to a request that is wrong.
Response bad_request_response(const BadRequest& bad, ErrorFormat format);

/// Notes a failed call, for the live page and the access log.
void note_failure(ServerContext& context, Exchange& exchange, const Outcome& outcome);
/// The same for a result with the provider's own error.
void note_provider_error(ServerContext& context, Exchange& exchange, const Outcome& outcome,
                         const std::string& message);

/// Both: notes it and responds.
void respond_failure(ServerContext& context, Exchange& exchange, const Outcome& outcome, ErrorFormat format);

}  // namespace provider_host::server
