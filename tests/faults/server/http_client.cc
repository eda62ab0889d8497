#include "faults/server/http_client.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace provider_host::chaos {
namespace {

constexpr time_t kNoAnswer = 150;  // seconds; no answer takes longer by itself, however busy the machine is

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::size_t number_of(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error("a response with the length '" + std::string(text) + "'");
  return number;
}

}  // namespace

HttpClient::HttpClient(int port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP)) {
  if (!socket_) throw std::system_error(errno, std::generic_category(), "socket");
  const timeval limit{kNoAnswer, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer > 0) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket_.reset();
}

double HttpClient::age() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

bool HttpClient::send(std::string_view bytes) {
  while (socket_ && !bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      throw std::runtime_error("the server takes no bytes");
    } else if (errno != EINTR) {
      return false;
    }
  }
  return connected();
}

bool HttpClient::read_some() {
  char bytes[16 << 10];
  while (socket_) {
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count > 0) {
      read_.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    if (count < 0 && errno == EAGAIN) throw std::runtime_error("the server neither answers nor closes the connection");
    if (count == 0 || errno != EINTR) socket_.reset();
  }
  return false;
}

bool HttpClient::wait_for_bytes() { return !read_.empty() || read_some(); }

std::optional<std::string> HttpClient::read_line() {
  std::size_t end = 0;
  while ((end = read_.find("\r\n")) == std::string::npos) {
    if (!read_some()) return std::nullopt;
  }
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 2);
  return line;
}

std::optional<std::string> HttpClient::read_bytes(std::size_t count) {
  while (read_.size() < count) {
    if (!read_some()) return std::nullopt;
  }
  std::string bytes = read_.substr(0, count);
  read_.erase(0, count);
  return bytes;
}

bool HttpClient::read_chunks(std::string& body) {
  while (true) {
    const auto line = read_line();
    if (!line) return false;
    const std::size_t size = number_of(*line, 16);
    const auto bytes = read_bytes(size + 2);
    if (!bytes) return false;
    if (!bytes->ends_with("\r\n")) throw std::runtime_error("a chunk that is longer than it says");
    if (size == 0) return true;
    body.append(*bytes, 0, size);
  }
}

std::optional<HttpAnswer> HttpClient::read_answer(bool is_head) {
  const auto line = read_line();
  if (!line) return std::nullopt;
  if (!line->starts_with("HTTP/1.1 ") || line->size() < 12)
    throw std::runtime_error("a response that begins with '" + *line + "'");
  HttpAnswer answer;
  answer.status = static_cast<int>(number_of(line->substr(9, 3), 10));
  while (true) {
    const auto field = read_line();
    if (!field) return std::nullopt;
    if (field->empty()) break;
    const auto colon = field->find(": ");
    if (colon == std::string::npos) throw std::runtime_error("a response with the field '" + *field + "'");
    answer.fields[lower(field->substr(0, colon))] = field->substr(colon + 2);
  }
  answer.closes = answer.fields.contains("connection");
  if (is_head || answer.status == 204) return answer;
  if (answer.fields.contains("transfer-encoding")) {
    if (!read_chunks(answer.body)) return std::nullopt;
    return answer;
  }
  auto body = read_bytes(number_of(answer.fields["content-length"], 10));
  if (!body) return std::nullopt;
  answer.body = std::move(*body);
  return answer;
}

bool HttpClient::read_to_end() {
  bool nothing = read_.empty();
  while (read_some()) nothing = false;
  return nothing;
}

bool HttpClient::skip(std::size_t count) {
  std::size_t skipped = 0;
  while (skipped < count && read_some()) {
    skipped += read_.size();
    read_.clear();
  }
  return skipped < count;
}

void HttpClient::half_close() { ::shutdown(socket_.get(), SHUT_WR); }

void HttpClient::reset() {
  const linger now{1, 0};
  if (socket_) ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket_.reset();
}

}  // namespace provider_host::chaos
