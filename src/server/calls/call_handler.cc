#include <utility>

#include "server/calls/call_request.h"
#include "server/calls/handlers.h"
#include "server/calls/item_stream.h"
#include "server/event_text.h"
#include "server/failure_response.h"
#include "server/openai/completion.h"

namespace provider_host::server {
namespace {

std::string result_body(std::string_view result_json) {
  std::string body;
  body.reserve(result_json.size() + 24);
  return body.append(R"({"ok":true,"result":)").append(result_json).append("}");
}

/// The items of a call as objects, one a line or one an event.
class CallFormat : public ItemFormat {
 public:
  CallFormat(bool events, Heartbeat heartbeat) : events_(events), heartbeat_(heartbeat) {}

  [[nodiscard]] std::string_view content_type() const override {
    return events_ ? "text/event-stream" : "application/x-ndjson";
  }
  std::string item(std::string_view json) override {
    std::string object;
    object.reserve(json.size() + 16);
    return framed(object.append(R"({"item":)").append(json).append("}"));
  }
  std::string end(std::string_view result_json) override { return framed(result_body(result_json)); }
  std::string failed(const Error& error) override { return framed(failure_body(error, ErrorFormat::kOwn)); }
  std::string heartbeat() override { return events_ && heartbeat_ == Heartbeat::kComment ? ": ping\n\n" : ""; }
  [[nodiscard]] std::optional<std::string> provider_error() const override { return std::nullopt; }
  [[nodiscard]] ErrorFormat error_format() const override { return ErrorFormat::kOwn; }
  std::string provider_error_body(std::string_view result_json) override { return result_body(result_json); }

 private:
  [[nodiscard]] std::string framed(const std::string& object) const {
    return events_ ? event_text(object) : object + "\n";
  }

  bool events_;
  Heartbeat heartbeat_;
};

void respond(ServerContext& context, Exchange& exchange, const Outcome& outcome) {
  if (!outcome) return respond_failure(context, exchange, outcome, ErrorFormat::kOwn);
  if (const auto message = provider_error(outcome.json())) {
    note_provider_error(context, exchange, outcome, *message);
    return exchange.respond(failure_response(kProviderError, result_body(outcome.json())));
  }
  Response response;
  response.body = result_body(outcome.json());
  exchange.respond(std::move(response));
}

}  // namespace

void handle_call(ServerContext& context, const std::shared_ptr<Exchange>& exchange) {
  CallRequest request;
  try {
    request = parse_call_request(exchange->request().body, context.options, context.runner.pool().default_api());
  } catch (const BadRequest& bad) {
    return exchange->respond(bad_request_response(bad, ErrorFormat::kOwn));
  }
  if (request.stream) {
    const bool events = exchange->request().accept.find("text/event-stream") != std::string::npos;
    auto format = std::make_unique<CallFormat>(events, context.options.heartbeat_kind);
    return ItemStream::start(context, exchange, std::move(request.call), std::move(format));
  }
  const std::uint64_t tag = context.runner.submit(
      std::move(request.call), [&context, exchange](const Outcome& outcome) { respond(context, *exchange, outcome); });
  exchange->on_gone([&runner = context.runner, tag] { runner.cancel(tag); });
}

}  // namespace provider_host::server
