#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/exchange.h"
#include "server/http/http_handler.h"
#include "server/http/limits.h"

namespace provider_host::server {

/// What all connections of a server share; outlives them.
struct ConnectionSettings {
  HttpHandler* handler = nullptr;
  HttpLimits limits;
  bool closing = false;  ///< No connection is used for another request.
};

/// One connection of a client: its requests, one after the other. On the I/O thread alone.
///
/// It always waits for something to read, also while a response is made: so the end of the stream, or an error, tells
/// at once that the client is gone. Bytes of further requests wait in a buffer until the response is sent.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;
  /// `on_end` is called once, when the socket is closed.
  using OnEnd = std::function<void(Connection&)>;

  Connection(boost::asio::ip::tcp::socket socket, ConnectionSettings& settings, OnEnd on_end);

  /// Its first request is refused, as there are too many connections. Before start().
  void turn_away() { turned_away_ = true; }

  /// Begins to read. Once.
  void start();

  /// To be called several times a second: ends what takes too long.
  void check_deadline(Clock::time_point now);

  /// The time of a write that goes on counts from now (HttpLimits::write has become shorter).
  void hurry();

  /// Closes it if it waits for a request.
  void close_if_idle();
  /// Closes it, whatever it does.
  void close();

  // For Exchange.

  /// Sends a response, or the head of one.
  void send(std::string head, std::string body = {});
  /// What is not on its way yet; to be appended to, and then flush() is due.
  std::string& unsent() { return pending_; }
  void flush();
  [[nodiscard]] std::size_t unsent_size() const { return pending_.size() + writing_.size() - written_; }
  [[nodiscard]] bool closes_after(const Exchange& exchange) const;

 private:
  enum class State : std::uint8_t {
    kIdle,       ///< Nothing of a request has come.
    kHeader,     ///< Some of its header.
    kBody,       ///< Its header, and some of its body.
    kHandling,   ///< It is handled, or its response is on its way.
    kLingering,  ///< The last response was sent; what still comes is dropped, so that no reset overtakes the response.
    kClosed,
  };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void read();
  void on_readable(boost::system::error_code error);
  template <typename Action>
  void guard(const Action& action);
  void process();
  bool parse();
  void begin_request();
  void on_header();
  void on_request();
  void on_bad_request(const boost::system::error_code& error);
  void forget_fields();
  void refuse(const Refusal& refusal);
  void respond_without_body(Response response, bool is_whole);
  void hand_over();
  void take_fields();
  void check_body();

  void write();
  void on_written(const boost::system::error_code& error, std::size_t count);
  void finish_exchange(bool sent);
  void linger();
  void go_on_lingering();
  void expire_after(std::chrono::duration<double> time);

  boost::asio::ip::tcp::socket socket_;
  ConnectionSettings& settings_;
  OnEnd on_end_;
  State state_ = State::kIdle;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point linger_until_;

  boost::beast::flat_buffer buffer_;  // what was read and not parsed
  bool reading_ = false;              // waits until there is something
  bool turned_away_ = false;
  std::optional<Parser> parser_;
  std::function<void(std::uint64_t, boost::beast::string_view, boost::system::error_code&)> on_chunk_;
  std::size_t fields_ = 0;            // of the header
  std::size_t body_at_deadline_ = 0;  // bytes of the body when its deadline was set
  Request request_;                   // of the request that is read

  std::shared_ptr<Exchange> exchange_;  // that is handled
  std::string writing_;                 // in the hands of the kernel, up to written_
  std::size_t written_ = 0;
  std::string pending_;  // behind it
};

}  // namespace provider_host::server
