#include "server/http/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>
#include <utility>

#include "server/http/header_check.h"
#include "server/http/listen_address.h"

namespace provider_host::server {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kRead = std::size_t{8} << 10;
constexpr std::size_t kReadBody = std::size_t{64} << 10;
// Of requests that are sent ahead; when there are more, nothing is read until the response is sent.
constexpr std::size_t kMaxAhead = std::size_t{64} << 10;
constexpr std::size_t kBodyPerDeadline = std::size_t{64} << 10;
constexpr std::size_t kKeptBuffer = std::size_t{256} << 10;

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

std::string address_of(const boost::asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? "-" : to_string(endpoint);
}

Refusal refusal_of(const error_code& error, const HttpLimits& limits) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {431, "the header of the request is longer than " + std::to_string(limits.header) + " bytes"};
  }
  if (error == http::error::body_limit) {
    return {413, "the body of the request is larger than " + std::to_string(limits.body) + " bytes"};
  }
  if (error == http::error::bad_version) return {505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  return {400, "the request is no HTTP: " + error.message()};
}

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, ConnectionSettings& settings, OnEnd on_end)
    : socket_(std::move(socket)), settings_(settings), on_end_(std::move(on_end)) {
  request_.remote = address_of(socket_);
}

void Connection::start() {
  error_code ignored;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  expire_after(settings_.limits.read);
  read();
}

// --- reading

// Waits before it reads: the buffer may be used meanwhile, for a request that was sent ahead.
void Connection::read() {
  if (reading_ || state_ == State::kClosed) return;
  if (state_ == State::kHandling && buffer_.size() >= kMaxAhead) return;
  reading_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->reading_ = false;
    self->guard([&] { self->on_readable(error); });
  });
}

void Connection::on_readable(error_code error) {
  if (state_ == State::kClosed) return;
  if (error) return close();
  const auto space = buffer_.prepare(state_ == State::kBody ? kReadBody : kRead);
  const std::size_t count = socket_.read_some(space, error);
  if (error && error != boost::asio::error::would_block) return close();
  buffer_.commit(count);
  process();
  read();
}

// Nothing that one client does, or memory that is short, ends more than its connection.
template <typename Action>
void Connection::guard(const Action& action) {
  try {
    action();
  } catch (const std::exception&) {
    close();
  }
}

void Connection::process() {
  while (true) {
    if (state_ == State::kLingering && buffer_.size() > 0) {
      buffer_.consume(buffer_.size());
      go_on_lingering();
    }
    if (state_ == State::kIdle && buffer_.size() > 0) begin_request();
    if (state_ != State::kHeader && state_ != State::kBody) return;
    if (!parse()) return;
  }
}

void Connection::begin_request() {
  // Empty lines in front of a request are passed over (RFC 9112, 2.2).
  while (buffer_.size() > 0) {
    const char first = *static_cast<const char*>(buffer_.data().data());
    if (first != '\r' && first != '\n') break;
    buffer_.consume(1);
  }
  if (buffer_.size() == 0) return;
  parser_.emplace();
  parser_->header_limit(settings_.limits.header);
  parser_->body_limit(settings_.limits.body);
  state_ = State::kHeader;
  expire_after(settings_.limits.read);
}

// Takes from the buffer; false: more bytes are needed, or there is no request any more.
bool Connection::parse() {
  error_code error;
  const std::size_t used = parser_->put(buffer_.data(), error);
  buffer_.consume(used);
  if (error && error != http::error::need_more) {
    on_bad_request(error);
    return false;
  }
  if (state_ == State::kHeader) {
    if (parser_->is_header_done()) on_header();
  } else if (parser_->is_done()) {
    on_request();
  } else {
    check_body();
  }
  return state_ == State::kBody && used > 0 && buffer_.size() > 0;
}

void Connection::on_header() {
  take_fields();
  auto& header = parser_->get();
  if (const auto refusal = check_header(header)) return refuse(*refusal);
  if (turned_away_) return refuse({503, "the server has as many connections as it may have"});
  if (auto response = settings_.handler->check(request_)) {
    return respond_without_body(std::move(*response), parser_->is_done());
  }
  fields_ = static_cast<std::size_t>(std::distance(header.begin(), header.end()));
  state_ = State::kBody;
  body_at_deadline_ = 0;
  expire_after(settings_.limits.read);
  if (parser_->is_done()) return on_request();
  parser_->eager(true);
  on_chunk_ = [](std::uint64_t, boost::beast::string_view extensions, error_code& error) {
    if (!extensions.empty()) error = http::error::bad_chunk_extension;
  };
  parser_->on_chunk_header(on_chunk_);
  if (!header[http::field::expect].empty() && buffer_.size() == 0) send("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::take_fields() {
  const auto& header = parser_->get();
  const auto method = header.method_string();
  request_.method.assign(method.data(), method.size());
  const auto whole = header.target();
  const Target target = split_target({whole.data(), whole.size()});
  request_.path = target.path;
  request_.query = target.query;
  request_.body.clear();
  request_.host = text(header[http::field::host]);
  request_.origin = text(header[http::field::origin]);
  request_.accept = text(header[http::field::accept]);
  request_.authorization = text(header[http::field::authorization]);
  request_.keeps_alive = header.keep_alive() && header.version() >= 11;
  request_.takes_chunks = header.version() >= 11;
}

// What is left in the buffer is the start of a line between chunks, or of trailers.
void Connection::check_body() {
  if (buffer_.size() > settings_.limits.header) return refuse({400, "the request is no HTTP: bad chunk"});
  const std::size_t size = parser_->get().body().size();
  if (size < body_at_deadline_ + kBodyPerDeadline) return;
  body_at_deadline_ = size;
  expire_after(settings_.limits.read);
}

void Connection::on_request() {
  const auto& message = parser_->get();
  if (static_cast<std::size_t>(std::distance(message.begin(), message.end())) != fields_) {
    return refuse({400, "this server takes no trailer fields"});
  }
  request_.body = std::move(parser_->get().body());
  parser_.reset();
  hand_over();
  settings_.handler->handle(exchange_);
}

void Connection::hand_over() {
  state_ = State::kHandling;
  deadline_ = Clock::time_point::max();
  std::string remote = request_.remote;
  exchange_ = std::make_shared<Exchange>(shared_from_this(), std::exchange(request_, {}));
  request_.remote = std::move(remote);
  settings_.handler->on_began(*exchange_);
}

void Connection::on_bad_request(const error_code& error) {
  if (error == http::error::body_limit) {
    take_fields();  // the header is complete, and the length in it is too large
  } else if (state_ == State::kHeader) {
    forget_fields();
  }
  refuse(refusal_of(error, settings_.limits));
}

// Those of the former request do not describe one whose header was not understood.
void Connection::forget_fields() {
  std::string remote = std::move(request_.remote);
  request_ = {};
  request_.remote = std::move(remote);
}

void Connection::refuse(const Refusal& refusal) {
  respond_without_body(settings_.handler->refuse(request_, refusal), false);
}

// Nothing can follow a request of which only a part was read.
void Connection::respond_without_body(Response response, bool is_whole) {
  request_.keeps_alive = request_.keeps_alive && is_whole;
  parser_.reset();
  hand_over();
  exchange_->respond(std::move(response));
}

bool Connection::closes_after(const Exchange& exchange) const {
  return settings_.closing || !exchange.request().keeps_alive;
}

// --- writing

void Connection::send(std::string head, std::string body) {
  if (writing_.empty() && body.size() >= kReadBody) {  // not copied
    writing_ = std::move(head);
    pending_ = std::move(body);
    return write();
  }
  pending_ += head;
  pending_ += body;
  flush();
}

void Connection::flush() {
  if (!writing_.empty() || state_ == State::kClosed) return;
  if (pending_.empty()) {
    if (exchange_ && exchange_->ended_) finish_exchange(true);
    return;
  }
  writing_.swap(pending_);
  write();
}

void Connection::write() {
  if (state_ == State::kHandling) expire_after(settings_.limits.write);
  socket_.async_write_some(boost::asio::buffer(writing_.data() + written_, writing_.size() - written_),
                           [self = shared_from_this()](const error_code& error, std::size_t count) {
                             self->guard([&] { self->on_written(error, count); });
                           });
}

void Connection::on_written(const error_code& error, std::size_t count) {
  if (state_ == State::kClosed) return;
  if (error) return close();
  written_ += count;
  if (written_ < writing_.size()) return write();
  written_ = 0;
  writing_.clear();
  if (writing_.capacity() > kKeptBuffer) std::string().swap(writing_);
  if (state_ == State::kHandling) deadline_ = Clock::time_point::max();
  const std::shared_ptr<Exchange> exchange = exchange_;
  flush();
  if (!exchange || exchange->is_gone() || !exchange->has_space()) return;
  if (const auto on_space = exchange->on_space_) on_space();  // which may end the exchange
}

void Connection::finish_exchange(bool sent) {
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange_.reset();
  exchange->connection_.reset();
  if (!sent && exchange->on_gone_) exchange->on_gone_();
  exchange->on_gone_ = nullptr;
  exchange->on_space_ = nullptr;
  settings_.handler->on_finished(*exchange, sent);
  if (!sent) return;
  // A stream may have begun before the server had to close.
  if (exchange->closes_ || settings_.closing) return linger();
  state_ = State::kIdle;
  expire_after(settings_.limits.idle);
  process();
  read();
}

// --- the end

void Connection::linger() {
  state_ = State::kLingering;
  parser_.reset();
  linger_until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(settings_.limits.linger_in_all);
  go_on_lingering();
  error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  process();
  read();
}

void Connection::go_on_lingering() {
  expire_after(settings_.limits.linger);
  deadline_ = std::min(deadline_, linger_until_);
}

void Connection::hurry() {
  if (state_ == State::kHandling && !writing_.empty()) expire_after(settings_.limits.write);
}

void Connection::close_if_idle() {
  if (state_ == State::kIdle && buffer_.size() == 0) close();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  error_code ignored;
  socket_.close(ignored);
  if (exchange_) finish_exchange(false);
  on_end_(*this);
}

void Connection::expire_after(std::chrono::duration<double> time) {
  deadline_ =
      time.count() <= 0 ? Clock::time_point::max() : Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
}

void Connection::check_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  if (state_ != State::kHeader && state_ != State::kBody) return close();
  guard([this] {
    if (state_ == State::kHeader) forget_fields();
    refuse({408, "the request did not come in time"});
  });
}

}  // namespace provider_host::server
