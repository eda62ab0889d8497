#include "server/http/exchange.h"

#include <iterator>
#include <utility>

#include "server/http/connection.h"

namespace provider_host::server {
namespace {

// More than this is not put together in memory for one client.
constexpr std::size_t kMaxUnsent = std::size_t{64} << 10;

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

Exchange::Exchange(std::shared_ptr<Connection> connection, Request request)
    : connection_(std::move(connection)), request_(std::move(request)) {}

void Exchange::respond(Response response) {
  if (is_gone() || has_started()) return;
  status_ = response.status;
  add_fields(response);
  closes_ = connection_->closes_after(*this);
  framing_ = has_no_body(status_) ? Framing::kNone : Framing::kLength;
  std::string text = head_text(response, framing_, response.body.size(), closes_);
  ended_ = true;
  if (framing_ == Framing::kNone || request_.is_head()) {
    connection_->send(std::move(text));
  } else {
    body_size_ = response.body.size();
    connection_->send(std::move(text), std::move(response.body));
  }
}

void Exchange::start(ResponseHead head) {
  if (is_gone() || has_started()) return;
  status_ = head.status;
  add_fields(head);
  framing_ = request_.takes_chunks ? Framing::kChunks : Framing::kClose;
  closes_ = framing_ == Framing::kClose || connection_->closes_after(*this);
  connection_->send(head_text(head, framing_, 0, closes_));
}

void Exchange::add_fields(ResponseHead& head) {
  head.fields.insert(head.fields.end(), std::move_iterator(fields_.begin()), std::move_iterator(fields_.end()));
  fields_.clear();
}

void Exchange::write(std::string_view piece) {
  if (is_gone() || ended_ || request_.is_head()) return;
  body_size_ += piece.size();
  std::string& text = connection_->unsent();
  if (framing_ == Framing::kChunks) {
    append_chunk(text, piece);
  } else {
    text += piece;
  }
  connection_->flush();
}

void Exchange::finish() { send_end(false); }

void Exchange::finish_and_close() { send_end(true); }

void Exchange::send_end(bool closes) {
  if (is_gone() || ended_) return;
  ended_ = true;
  closes_ = closes_ || closes;
  if (framing_ == Framing::kChunks && !request_.is_head()) connection_->unsent() += kLastChunk;
  connection_->flush();
}

void Exchange::abort() {
  if (const auto connection = connection_) connection->close();
}

bool Exchange::has_space() const { return is_gone() || connection_->unsent_size() < kMaxUnsent; }

}  // namespace provider_host::server
