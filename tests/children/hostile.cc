// Responds with {"output": PROMPT}, after it has done what the call's `do` says: each one breaks the protocol.
#include <functional>
#include <map>

#include "child_host.h"

using namespace provider_host::child;

namespace {

// The text behind `key` up to the next quote; empty when there is none. Prompts of the tests need no escapes.
std::string text_after(const std::string& args, std::string_view key) {
  const auto found = args.find(key);
  if (found == std::string::npos) return "";
  const auto start = found + key.size();
  return args.substr(start, args.find('"', start) - start);
}

std::string result(const std::string& id, const std::string& prompt) {
  return R"({"type":"result","id":)" + id + R"(,"result":{"output":")" + prompt + "\"}}";
}

void send_half(const Channel& channel, const std::string& payload) {
  channel.write_bytes(provider_host::framed(payload).substr(0, provider_host::wire::kHeaderSize + payload.size() / 2));
}

// Says that it has no stacks to show, so that the pool need not wait for them.
[[noreturn]] void hang(ChildHost& host) {
  while (const auto message = host.control().read_frame()) {
    if (message->find("dump") != std::string::npos) host.write_diagnostics("=== end of dump ===\n");
  }
  ::_exit(0);
}

[[noreturn]] void ignore_signals_for_ever() {
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  wait_for_ever();
}

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  const Channel& channel = host.call();
  std::string payload;
  std::string last_id;
  const std::map<std::string, std::function<void()>> actions = {
      {"half-frame", [&] { send_half(channel, payload), ::_exit(6); }},
      {"half-hang", [&] { send_half(channel, payload), wait_for_ever(); }},
      {"silent", [] { wait_for_ever(); }},
      {"hangs", [&] { hang(host); }},
      {"deaf", ignore_signals_for_ever},
      {"stale-id", [&] { last_id.empty() ? void() : channel.write_frame(result(last_id, "stale")); }},
      {"twice", [&] { channel.write_frame(payload); }},
      {"wrong-id", [&] { channel.write_frame(result("9007199254740991", "wrong")); }},
      {"garbage", [&] { channel.write_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); }},
      {"zero-length", [&] { channel.write_bytes(std::string(4, '\0')); }},
      {"too-long", [&] { channel.write_bytes("\xFF\xFF\xFF\xFF"); }},
      {"not-utf8", [&] { channel.write_frame("\xC3\x28"); }},
      {"ready-again", [&] { channel.write_frame(kReady); }},
      {"closes-call", [&] { ::close(channel.fd()), wait_for_ever(); }},
      {"vanishes", [] { ::_exit(5); }},
      {"bad-control", [&] { host.control().write_frame("rubbish"); }},
      {"pause", [] { ::usleep(5000); }},
  };
  while (true) {
    const Request request = host.next_call();
    payload = result(request.id, text_after(request.args, "[\""));
    const auto action = actions.find(text_after(request.args, R"("do":")"));
    if (action != actions.end()) action->second();
    channel.write_frame(payload);
    last_id = request.id;
  }
}
