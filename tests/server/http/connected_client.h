#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "server/http/connection.h"
#include "server/http/exchange.h"
#include "server/http/http_handler.h"

namespace provider_host::server {

/// Echoes the body of each request, at once or when it is told to, and counts.
class EchoHandler : public HttpHandler {
 public:
  std::optional<Response> check(const Request& request) override {
    checked.push_back(request);
    return refuses ? std::optional(refuse(request, {404, "refused"})) : std::nullopt;
  }
  void on_began(Exchange& exchange) override {
    ++began;
    heads.push_back(exchange.request().is_head());
    exchange.add_field("x-number", std::to_string(began));
  }
  void handle(const std::shared_ptr<Exchange>& exchange) override {
    exchanges.push_back(exchange);
    exchange->on_gone([this] { ++gone; });
    if (responds) echo(*exchange);
  }
  static void echo(Exchange& exchange) {
    Response response;
    response.content_type = "text/plain";
    response.body = exchange.request().path + " " + exchange.request().body;
    exchange.respond(std::move(response));
  }
  Response refuse(const Request& request, const Refusal& refusal) override {
    refused.push_back(request);
    Response response;
    response.status = refusal.status;
    response.body = refusal.message;
    return response;
  }
  void on_finished(const Exchange& exchange, bool sent) override { finished.emplace_back(exchange.status(), sent); }
  void on_opened() override {}
  void on_closed() override {}
  void on_turned_away() override {}

  bool responds = true;
  bool refuses = false;
  std::vector<Request> checked;
  std::vector<Request> refused;
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::pair<int, bool>> finished;  ///< Status, and whether it was sent.
  std::vector<bool> heads;                     ///< Of those that began: whether the method is HEAD.
  int began = 0;
  int gone = 0;
};

/// A Connection and its client over loopback, both in this thread.
class ConnectedClient {
 public:
  /// `buffer`: bytes that the kernel keeps for either side; 0: the system's choice.
  explicit ConnectedClient(HttpHandler& handler, HttpLimits limits = {}, int buffer = 0)
      : settings{.handler = &handler, .limits = limits} {
    using boost::asio::ip::tcp;
    tcp::acceptor acceptor(io_, {boost::asio::ip::make_address("127.0.0.1"), 0});
    client_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (buffer > 0) ::setsockopt(client_.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    const auto endpoint = acceptor.local_endpoint();
    if (::connect(client_.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) std::abort();
    tcp::socket socket(io_);
    acceptor.accept(socket);
    if (buffer > 0) ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    connection = std::make_shared<Connection>(std::move(socket), settings, [this](Connection&) { closed = true; });
  }
  ~ConnectedClient() { connection->close(); }
  ConnectedClient(const ConnectedClient&) = delete;
  ConnectedClient& operator=(const ConnectedClient&) = delete;

  /// Sends all of it; the connection reads meanwhile.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN) return;
      io_.poll();
    }
  }
  /// Lets the connection do what it can.
  void turn() { io_.poll(); }
  /// Reads what has come, and lets the connection do what it can.
  void read() {
    io_.poll();
    char bytes[4096];
    ssize_t count = 0;
    while (client_ && (count = ::recv(client_.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
      received.append(bytes, static_cast<std::size_t>(count));
      io_.poll();
    }
    if (client_ && (count == 0 || errno != EAGAIN)) ended = true;
  }
  /// Reads until that is so; false: not within half a minute.
  bool read_until(const std::function<bool()>& is_so) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      read();
    }
    return true;
  }
  bool read_until_received(std::string_view text) {
    return read_until([&] { return received.find(text) != std::string::npos; });
  }
  bool read_until_ended() {
    return read_until([&] { return ended; });
  }
  void half_close() { ::shutdown(client_.get(), SHUT_WR); }
  void close() { client_.reset(); }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(io_);
  Fd client_;

 public:
  ConnectionSettings settings;
  std::shared_ptr<Connection> connection;
  std::string received;
  bool ended = false;   ///< The client has seen the end.
  bool closed = false;  ///< The connection has closed itself.
};

}  // namespace provider_host::server
