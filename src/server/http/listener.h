#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "server/http/connection.h"
#include "server/http/listen_address.h"

namespace provider_host::server {

/// Accepts connections, and ends those that take too long. On the I/O thread, once that runs.
class Listener {
 public:
  /// Binds and listens; connections are accepted from start() on. Throws boost::system::system_error.
  Listener(boost::asio::io_context& io, const ListenAddress& address, const HttpLimits& limits);

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  /// `handler` outlives it, or close().
  void start(HttpHandler& handler);
  /// Accepts no more, and closes connections once they wait for a request.
  void stop_accepting();
  /// Clients that take nothing for so long are not waited for any more.
  void hurry(std::chrono::duration<double> write);
  /// Closes everything.
  void close();

  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  /// Called four times a second.
  void on_tick(std::function<void()> callback) { on_tick_ = std::move(callback); }

 private:
  void accept();
  void on_accepted(boost::asio::ip::tcp::socket socket);
  void retry_later();
  void tick();
  void check_deadlines();
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer ticks_;
  boost::asio::steady_timer retry_;
  ConnectionSettings settings_;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections_;
  std::function<void()> on_tick_;
  bool closed_ = false;
};

}  // namespace provider_host::server
