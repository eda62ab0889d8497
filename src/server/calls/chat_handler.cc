#include <utility>

#include "server/calls/handlers.h"
#include "server/calls/item_stream.h"
#include "server/failure_response.h"
#include "server/openai/chat_chunks.h"
#include "server/openai/chat_request.h"
#include "server/openai/completion.h"
#include "server/openai/error_body.h"
#include "server/unix_time.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

CompletionHead head_of(const ServerContext& context, const Exchange& exchange, const ChatRequest& request) {
  return {"chatcmpl-" + exchange.id().substr(exchange.id().find('_') + 1), static_cast<std::int64_t>(unix_time()),
          request.model_json.empty() ? wire::quote(context.options.model_name) : request.model_json};
}

/// The events of a streamed chat completion.
class ChatFormat : public ItemFormat {
 public:
  ChatFormat(const CompletionHead& head, bool include_usage, Heartbeat kind)
      : chunks_(head, include_usage), heartbeat_(kind) {}

  [[nodiscard]] std::string_view content_type() const override { return "text/event-stream"; }
  std::string begin() override { return chunks_.first(); }
  std::string item(std::string_view json) override { return chunks_.text(json).value_or(""); }
  std::string end(std::string_view result_json) override {
    std::string text = chunks_.last(result_json);
    if (!chunks_.provider_error()) text += ChatChunks::done();
    return text;
  }
  std::string failed(const Error& error) override { return ChatChunks::error(error); }
  std::string heartbeat() override { return heartbeat_ == Heartbeat::kChunk ? chunks_.heartbeat() : ": ping\n\n"; }
  [[nodiscard]] std::optional<std::string> provider_error() const override { return chunks_.provider_error(); }
  [[nodiscard]] ErrorFormat error_format() const override { return ErrorFormat::kOpenai; }
  std::string provider_error_body(std::string_view /*result_json*/) override {
    return openai_provider_error(*chunks_.provider_error());
  }

 private:
  ChatChunks chunks_;
  Heartbeat heartbeat_;
};

void respond(ServerContext& context, Exchange& exchange, const CompletionHead& head, const Outcome& outcome) {
  if (!outcome) return respond_failure(context, exchange, outcome, ErrorFormat::kOpenai);
  if (const auto message = provider_error(outcome.json())) {
    note_provider_error(context, exchange, outcome, *message);
    return exchange.respond(failure_response(kProviderError, openai_provider_error(*message)));
  }
  Response response;
  response.body = chat_completion(head, outcome.json());
  exchange.respond(std::move(response));
}

}  // namespace

void handle_chat(ServerContext& context, const std::shared_ptr<Exchange>& exchange) {
  ChatRequest request;
  Call call;
  call.api = Api::kCall;
  call.function = context.options.function;
  try {
    request = parse_chat_request(exchange->request().body, context.options.chat_prompt);
    call.args_json = context.options.make_arguments(
        {.api = Api::kCall, .prompt = request.prompt_json, .config = wire::member(request.options_json, "config")});
  } catch (const BadRequest& bad) {
    return exchange->respond(bad_request_response(bad, ErrorFormat::kOpenai));
  }
  CompletionHead head = head_of(context, *exchange, request);
  if (request.stream) {
    auto format = std::make_unique<ChatFormat>(head, request.include_usage, context.options.heartbeat_kind);
    return ItemStream::start(context, exchange, std::move(call), std::move(format));
  }
  const std::uint64_t tag =
      context.runner.submit(std::move(call), [&context, exchange, head = std::move(head)](const Outcome& outcome) {
        respond(context, *exchange, head, outcome);
      });
  exchange->on_gone([&runner = context.runner, tag] { runner.cancel(tag); });
}

}  // namespace provider_host::server
