// Whatever bytes a client sends, cut anywhere: each request that is handled obeys what header_check.h promises, and the
// client gets one whole response to each in order, up to the last, which may be a refusal.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/http/connected_client.h"

namespace server = provider_host::server;

namespace {

constexpr std::size_t kMaxBody = 1000;
constexpr std::size_t kMaxHeader = 500;

void expect(bool fine) {
  if (!fine) std::abort();
}

void check_request(const server::Request& request) {
  expect(!request.method.empty() && request.body.size() <= kMaxBody);
  expect(request.path.empty() || request.path.front() == '/');
  expect(request.path.find_first_of("?# \r\n") == std::string::npos);
  expect(request.query.find_first_of("# \r\n") == std::string::npos);
  for (const std::string* field : {&request.host, &request.origin, &request.accept, &request.authorization})
    expect(field->find_first_of("\r\n") == std::string::npos && field->size() <= kMaxHeader);
  expect(request.takes_chunks || !request.keeps_alive);
}

// Takes a response from the front: its status.
int take_response(std::string_view& text, bool is_head) {
  expect(text.starts_with("HTTP/1.1 "));
  const int status = std::atoi(std::string(text.substr(9, 3)).c_str());
  const std::size_t end = text.find("\r\n\r\n");
  expect(end != std::string_view::npos);
  const std::string_view head = text.substr(0, end + 2);
  text.remove_prefix(end + 4);
  if (status == 100) return status;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t length = head.find(kLength);
  expect(length != std::string_view::npos);
  const auto size = std::strtoul(head.data() + length + kLength.size(), nullptr, 10);
  if (is_head) return status;
  expect(size <= text.size());
  text.remove_prefix(size);
  return status;
}

void check_responses(const server::EchoHandler& handler, std::string_view text) {
  std::size_t handled = 0;
  for (int number = 0; number < handler.began; ++number) {
    const bool is_head = handler.heads[static_cast<std::size_t>(number)];
    int status = 100;
    while (status == 100) status = take_response(text, is_head);
    if (status == 200) ++handled;
  }
  expect(handled == handler.exchanges.size() && text.empty());
}

}  // namespace

// The first byte says in which pieces the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? bytes.size() : data[0];
  server::EchoHandler handler;
  server::HttpLimits limits;
  limits.body = kMaxBody;
  limits.header = kMaxHeader;
  server::ConnectedClient client(handler, limits);
  client.connection->start();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    client.send(bytes.substr(0, piece));
    client.read();
  }
  // All that has come is in the connection's hands, or will never be read.
  for (int turns = 0; turns < 4; ++turns) client.read();
  for (const auto& exchange : handler.exchanges) check_request(exchange->request());
  expect(static_cast<int>(handler.finished.size()) == handler.began);
  check_responses(handler, client.received);
  return 0;
}
