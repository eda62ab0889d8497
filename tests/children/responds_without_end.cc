// Echoes its first call; when the next one comes, it sends the response to the first one again, without end and faster
// than anyone reads.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  const Request first = host.next_call();
  host.respond(first);
  const std::string payload = R"({"type":"result","id":)" + first.id + R"(,"result":[)" + std::string(1000, '1') + "]}";
  const std::string frame = provider_host::framed(payload);
  std::string responses;
  for (int i = 0; i < 1000; ++i) responses += frame;
  host.next_call();
  while (true) host.call().write_bytes(responses);
}
