// Collects as many calls as it may have, says so on stdout, and does in turn what their texts say; only the first
// process for a script, those after it echo, as it does itself afterwards.
#include "child_host.h"

using namespace provider_host::child;

namespace {

// Waits until somebody opens the named pipe SCRIPT.gate.
void wait_for_gate(const ChildHost& host) { ::close(::open((host.script() + ".gate").c_str(), O_RDONLY)); }

void respond_in_halves(ChildHost& host, const Request& request) {
  const std::string result = ChildHost::result(request);
  const auto header = provider_host::wire::encode_header(result.size());
  const std::string bytes = std::string(header.data(), header.size()) + result;
  host.call().write_bytes(bytes.substr(0, bytes.size() / 2));
  std::printf("half of %s\n", request.args.c_str());
  wait_for_gate(host);
  host.call().write_bytes(bytes.substr(bytes.size() / 2));
}

void run_command(ChildHost& host, const Request& request) {
  auto contains = [&](const char* word) { return request.args.find(word) != std::string::npos; };
  if (contains("gate")) wait_for_gate(host);
  if (contains("die")) ::kill(::getpid(), SIGKILL);
  if (contains("lie")) return host.respond({"999999", request.args});
  if (contains("halves")) return respond_in_halves(host, request);
  if (contains("close")) {
    ::close(host.call().fd());
    std::puts("closed");
    wait_for_ever();
  }
  if (contains("raise")) {
    return host.call().write_frame(R"({"type":"error","id":)" + request.id +
                                   R"(,"error":{"kind":"python_exception","message":"boom"}})");
  }
  if (contains("silent")) return;
  host.respond(request);
  if (contains("twice")) host.respond(request);
}

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  if (!host.marked_before()) {
    const auto calls = host.all_calls();
    std::printf("holds %zu calls\n", calls.size());
    for (const Request& request : calls) run_command(host, request);
  }
  while (true) {
    const Request request = host.next_call();
    std::printf("got %s\n", request.args.c_str());
    host.respond(request);
  }
}
