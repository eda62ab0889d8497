#include "server/http/listener.h"

#include <chrono>
#include <exception>
#include <utility>

namespace provider_host::server {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kTick{250};
// When there are no descriptors left.
constexpr std::chrono::milliseconds kRetry{100};
// So many connections above the limit get a response that says so; more are closed at once.
constexpr std::size_t kTurnedAway = 64;

}  // namespace

Listener::Listener(boost::asio::io_context& io, const ListenAddress& address, const HttpLimits& limits)
    : acceptor_(io), ticks_(io), retry_(io), settings_{.limits = limits} {
  acceptor_.open(address.endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(address.endpoint);
  acceptor_.listen();
}

void Listener::start(HttpHandler& handler) {
  settings_.handler = &handler;
  accept();
  tick();
}

void Listener::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (closed_ || !acceptor_.is_open()) return;
    if (error && error != boost::asio::error::connection_aborted) return retry_later();
    try {
      if (!error) on_accepted(std::move(socket));
    } catch (const std::exception&) {  // no memory: that client finds its connection closed
    }
    accept();
  });
}

void Listener::retry_later() {
  retry_.expires_after(kRetry);
  retry_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

void Listener::on_accepted(tcp::socket socket) {
  const std::size_t count = connections_.size();
  if (count >= settings_.limits.connections) settings_.handler->on_turned_away();
  if (count >= settings_.limits.connections + kTurnedAway) return;
  const auto connection = std::make_shared<Connection>(std::move(socket), settings_, [this](Connection& ended) {
    connections_.erase(&ended);
    settings_.handler->on_closed();
  });
  if (count >= settings_.limits.connections) connection->turn_away();
  connections_.emplace(connection.get(), connection);
  settings_.handler->on_opened();
  connection->start();
}

void Listener::tick() {
  ticks_.expires_after(kTick);
  ticks_.async_wait([this](const error_code& error) {
    if (error || closed_) return;
    try {
      check_deadlines();
      if (on_tick_) on_tick_();
    } catch (const std::exception&) {  // no memory: the next one may do better
    }
    tick();
  });
}

void Listener::check_deadlines() {
  const auto now = Connection::Clock::now();
  for (const auto& connection : all()) connection->check_deadline(now);
}

// Those that end are erased meanwhile.
std::vector<std::shared_ptr<Connection>> Listener::all() const {
  std::vector<std::shared_ptr<Connection>> connections;
  connections.reserve(connections_.size());
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) connections.push_back(std::move(connection));
  }
  return connections;
}

void Listener::stop_accepting() {
  settings_.closing = true;
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& connection : all()) connection->close_if_idle();
}

void Listener::hurry(std::chrono::duration<double> write) {
  settings_.limits.write = write;
  for (const auto& connection : all()) connection->hurry();
}

void Listener::close() {
  stop_accepting();
  closed_ = true;
  ticks_.cancel();
  while (!connections_.empty()) connections_.begin()->second.lock()->close();
}

}  // namespace provider_host::server
