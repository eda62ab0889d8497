#include <cstddef>
#include <utility>
#include <vector>

#include "server/calls/handlers.h"
#include "server/failure_response.h"
#include "server/openai/completion.h"
#include "server/openai/embeddings.h"
#include "server/openai/error_body.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

/// The calls of one request: responds once all have settled, or the first one has failed, which cancels the others.
class EmbeddingCalls : public std::enable_shared_from_this<EmbeddingCalls> {
 public:
  EmbeddingCalls(ServerContext& context, std::shared_ptr<Exchange> exchange, EmbeddingsRequest request)
      : context_(context), exchange_(std::move(exchange)), request_(std::move(request)) {}

  /// Throws BadRequest.
  void start() {
    std::vector<Call> calls;
    for (const std::string& input : request_.inputs_json) {
      Call call;
      call.api = Api::kEmbedding;
      if (api_of_function(context_.options.function) == Api::kEmbedding) call.function = context_.options.function;
      call.args_json = context_.options.make_arguments(
          {.api = Api::kEmbedding, .prompt = input, .config = wire::member(request_.options_json, "config")});
      calls.push_back(std::move(call));
    }
    outcomes_.resize(calls.size());
    missing_ = calls.size();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      tags_.push_back(context_.runner.submit(std::move(calls[i]), [self = shared_from_this(), i](Outcome outcome) {
        self->on_settled(i, std::move(outcome));
      }));
    }
    exchange_->on_gone([self = shared_from_this()] { self->cancel(); });
  }

 private:
  void on_settled(std::size_t index, Outcome outcome) {
    const bool failed = !outcome.ok();
    outcomes_[index] = std::move(outcome);
    --missing_;
    if (failed) {
      cancel();
      return respond_failure(context_, *exchange_, outcomes_[index], ErrorFormat::kOpenai);
    }
    if (missing_ == 0) respond();
  }

  void cancel() {
    for (const std::uint64_t tag : tags_) context_.runner.cancel(tag);
  }

  void respond() {
    const std::string model =
        request_.model_json.empty() ? wire::quote(context_.options.model_name) : request_.model_json;
    EmbeddingList list(model, request_.base64);
    for (const Outcome& outcome : outcomes_) {
      if (const auto message = provider_error(outcome.json())) {
        note_provider_error(context_, *exchange_, outcome, *message);
        return exchange_->respond(failure_response(kProviderError, openai_provider_error(*message)));
      }
      if (auto fault = list.add(outcome.json())) return respond_invalid(outcome, std::move(*fault));
    }
    Response response;
    response.body = list.finish();
    exchange_->respond(std::move(response));
  }

  void respond_invalid(const Outcome& outcome, std::string fault) {
    Error error;
    error.kind = ErrorKind::kInvalidResponse;
    error.message = std::move(fault);
    Outcome failure = Outcome::failure(std::move(error));
    failure.host = outcome.host;
    failure.pid = outcome.pid;
    respond_failure(context_, *exchange_, failure, ErrorFormat::kOpenai);
  }

  ServerContext& context_;
  std::shared_ptr<Exchange> exchange_;
  EmbeddingsRequest request_;
  std::vector<std::uint64_t> tags_;
  std::vector<Outcome> outcomes_;
  std::size_t missing_ = 0;
};

}  // namespace

void handle_embeddings(ServerContext& context, const std::shared_ptr<Exchange>& exchange) {
  try {
    std::make_shared<EmbeddingCalls>(context, exchange, parse_embeddings_request(exchange->request().body))->start();
  } catch (const BadRequest& bad) {
    exchange->respond(bad_request_response(bad, ErrorFormat::kOpenai));
  }
}

}  // namespace provider_host::server
