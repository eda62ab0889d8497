#include "server/http/listen_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace provider_host::server {
namespace {

[[noreturn]] void fail(std::string_view text, const char* what) {
  throw std::invalid_argument("'" + std::string(text) + "' " + what +
                              "; an address and a port are due, such as 127.0.0.1:8000 or [::1]:8000");
}

std::uint16_t port_of(std::string_view text, std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) fail(whole, "has no port from 0 to 65535");
  return port;
}

}  // namespace

ListenAddress ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  std::string host(colon == std::string_view::npos ? "" : text.substr(0, colon));
  const std::uint16_t port = port_of(colon == std::string_view::npos ? text : text.substr(colon + 1), text);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  if (host == "*") host = "0.0.0.0";
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    fail(text, "has an IPv6 address without brackets");
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) fail(text, "has no IP address");
  return {{address, port}};
}

std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

}  // namespace provider_host::server
