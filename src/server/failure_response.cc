#include "server/failure_response.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/openai/error_body.h"
#include "server/unix_time.h"

namespace provider_host::server {
namespace {

void note(ServerContext& context, Exchange& exchange, const Outcome& outcome, const Error& error, int status) {
  context.failures.add({.time = unix_time(),
                        .request_id = exchange.id(),
                        .path = exchange.request().path,
                        .status = status,
                        .error = error,
                        .host = outcome.host,
                        .pid = outcome.pid});
}

}  // namespace

Response failure_response(const FailureStatus& status, std::string body) {
  Response response;
  response.status = status.status;
  response.fields.emplace_back("x-should-retry", status.should_retry ? "true" : "false");
  if (status.retry_after) response.fields.emplace_back("Retry-After", std::to_string(*status.retry_after));
  response.body = std::move(body);
  return response;
}

std::string failure_body(const Error& error, ErrorFormat format) {
  if (format == ErrorFormat::kOpenai) return openai_error(error);
  return R"({"ok":false,"error":)" + to_json(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "}";
}

Response bad_request_response(const BadRequest& bad, ErrorFormat format) {
  const std::string_view kind = to_string(ErrorKind::kInvalidRequest);
  if (format == ErrorFormat::kOpenai) {
    return failure_response({bad.status, false, std::nullopt},
                            openai_error(bad.message, openai_error_type(bad.status), bad.param, kind));
  }
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = bad.message;
  return failure_response({bad.status, false, std::nullopt}, failure_body(error, format));
}

void note_failure(ServerContext& context, Exchange& exchange, const Outcome& outcome) {
  exchange.set_failure(to_string(outcome.error().kind));
  note(context, exchange, outcome, outcome.error(), failure_status(outcome.error()).status);
}

void note_provider_error(ServerContext& context, Exchange& exchange, const Outcome& outcome,
                         const std::string& message) {
  exchange.set_failure("provider_error");
  Error error;
  error.kind = ErrorKind::kPythonException;
  error.type = "provider_error";
  error.message = "the provider returned an error: " + message;
  note(context, exchange, outcome, error, kProviderError.status);
}

void respond_failure(ServerContext& context, Exchange& exchange, const Outcome& outcome, ErrorFormat format) {
  note_failure(context, exchange, outcome);
  exchange.respond(failure_response(failure_status(outcome.error()), failure_body(outcome.error(), format)));
}

}  // namespace provider_host::server
