#include "server/calls/item_stream.h"

#include <exception>
#include <utility>

namespace provider_host::server {

ItemStream::ItemStream(ServerContext& context, std::shared_ptr<Exchange> exchange, std::unique_ptr<ItemFormat> format)
    : context_(context), exchange_(std::move(exchange)), format_(std::move(format)) {
  context_.streams.insert(this);
}

ItemStream::~ItemStream() {
  context_.streams.erase(this);
  if (counted_) context_.metrics.stream_ended();
}

void ItemStream::start(ServerContext& context, std::shared_ptr<Exchange> exchange, Call call,
                       std::unique_ptr<ItemFormat> format) {
  const std::shared_ptr<ItemStream> stream(new ItemStream(context, std::move(exchange), std::move(format)));
  stream->run(std::move(call));
}

void ItemStream::run(Call call) {
  context_.metrics.stream_started();
  counted_ = true;
  tag_ = context_.runner.stream(std::move(call), [self = shared_from_this()](Stream& stream) { self->pump(stream); });
  exchange_->on_gone([&runner = context_.runner, tag = tag_] { runner.close_stream(tag); });
  exchange_->on_space([&runner = context_.runner, tag = tag_] { runner.resume_stream(tag); });
}

void ItemStream::pump(Stream& stream) {
  const auto self = shared_from_this();
  try {
    while (exchange_->has_space() && write_next(stream)) {
    }
  } catch (const std::exception&) {  // no memory for an item
    const auto exchange = exchange_;
    context_.runner.close_stream(tag_);
    exchange->abort();
  }
}

// False: there is none, for now or for good.
bool ItemStream::write_next(Stream& stream) {
  const std::optional<Item> item = stream.try_next();
  if (item) return write_item(*item);
  if (stream.ended()) end(stream.outcome());
  return false;
}

// False: it was the last one.
bool ItemStream::write_item(const Item& item) {
  const auto now = std::chrono::steady_clock::now();
  if (!std::exchange(has_items_, true)) {
    context_.metrics.first_item(std::chrono::duration<double>(now - exchange_->began()).count());
  }
  context_.metrics.items(1);
  const std::string text = format_->item(item.json());
  if (format_->provider_error()) {
    Outcome outcome = Outcome::success(std::string(item.json()));
    end_with_provider_error(outcome, text);
    return false;
  }
  write(text);
  return true;
}

void ItemStream::write(std::string_view text) {
  if (text.empty()) return;
  last_write_ = std::chrono::steady_clock::now();
  if (exchange_->has_started()) return exchange_->write(text);
  exchange_->start(stream_head(format_->content_type()));
  exchange_->write(format_->begin().append(text));
}

void ItemStream::end(const Outcome& outcome) {
  const auto self = shared_from_this();
  const auto exchange = exchange_;
  if (!outcome) {
    if (!exchange->has_started()) {
      respond_failure(context_, *exchange, outcome, format_->error_format());
    } else {
      note_failure(context_, *exchange, outcome);
      write(format_->failed(outcome.error()));
      exchange->finish_and_close();
    }
  } else {
    const std::string text = format_->end(outcome.json());
    if (format_->provider_error()) return end_with_provider_error(outcome, text);
    write(text);
    exchange->finish();
  }
  context_.runner.close_stream(tag_);
}

void ItemStream::end_with_provider_error(const Outcome& outcome, std::string_view text) {
  const auto self = shared_from_this();
  note_provider_error(context_, *exchange_, outcome, *format_->provider_error());
  if (!exchange_->has_started()) {
    exchange_->respond(failure_response(kProviderError, format_->provider_error_body(outcome.json())));
  } else {
    write(text);
    exchange_->finish_and_close();
  }
  context_.runner.close_stream(tag_);
}

void ItemStream::check_heartbeat(std::chrono::steady_clock::time_point now) {
  if (context_.options.heartbeat <= 0 || exchange_->is_gone()) return;
  if (std::chrono::duration<double>(now - last_write_).count() < context_.options.heartbeat) return;
  last_write_ = now;
  if (exchange_->has_space()) write(format_->heartbeat());
}

}  // namespace provider_host::server
