#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <string_view>

namespace provider_host::server {

/// Where a server listens: `127.0.0.1:8000`, `[::1]:8000`, `localhost:8000`, `:8000` (loopback) or `8000`.
struct ListenAddress {
  boost::asio::ip::tcp::endpoint endpoint;

  /// Throws std::invalid_argument whose text says what is due.
  static ListenAddress parse(std::string_view text);

  [[nodiscard]] bool is_loopback() const { return endpoint.address().is_loopback(); }
};

/// `127.0.0.1:8000`, `[::1]:8000`.
std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace provider_host::server
