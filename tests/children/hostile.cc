// Responds with {"output": PROMPT}, or streams PROMPT in `pieces` pieces, and does what the call's `do` says: before
// the result, behind the first item, or behind the result. Most break the protocol.
#include <functional>
#include <map>

#include "faults/pieces.h"
#include "item_sender.h"

using namespace provider_host::child;

namespace {

constexpr int kItems = 200;  // more than half of the credit of a stream, and less than all of it

// The text behind `key` up to the next quote; empty when there is none. Prompts of the tests need no escapes.
std::string text_after(const std::string& args, std::string_view key) {
  const auto found = args.find(key);
  if (found == std::string::npos) return "";
  const auto start = found + key.size();
  return args.substr(start, args.find('"', start) - start);
}

std::string result(const std::string& id, const std::string& json) {
  return R"({"type":"result","id":)" + id + R"(,"result":)" + json + "}";
}

std::string closed(const std::string& id) {
  return R"({"type":"error","id":)" + id + R"(,"error":{"kind":"python_exception","message":"the stream was closed"}})";
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

void ignore_signals() {
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
}

[[noreturn]] void ignore_signals_for_ever() {
  ignore_signals();
  wait_for_ever();
}

class Hostile {
 public:
  explicit Hostile(ChildHost& host) : host_(host), channel_(host.call()), items_(host) {}

  void respond(const Request& request) {
    const std::string prompt = text_after(request.args, "[\"");
    const std::string what = text_after(request.args, R"("do":")");
    const std::int64_t pieces = request.is_stream ? number_behind(request.args, R"("pieces":)") : 0;
    items_.begin(request.id);
    payload_ = result(request.id, pieces > 0 ? "null" : R"({"output":")" + prompt + "\"}");
    const bool is_closed = pieces > 0 && !stream(prompt, static_cast<std::size_t>(pieces), what);
    if (pieces == 0) act(before_, what);
    channel_.write_frame(is_closed ? closed(request.id) : payload_);
    act(behind_, what);
    last_id_ = request.id;
  }

 private:
  using Actions = std::map<std::string, std::function<void()>>;

  static void act(const Actions& actions, const std::string& what) {
    if (const auto action = actions.find(what); action != actions.end()) action->second();
  }

  // False: the pool has closed it.
  bool stream(std::string_view prompt, std::size_t count, const std::string& what) {
    const auto pieces = provider_host::chaos::pieces_of(prompt, count);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!items_.send(pieces[i])) return false;
      if (i == 0) act(before_, what);
    }
    return true;
  }

  void push_many() {
    for (int i = 0; i < kItems; ++i) items_.push("x");
  }
  void overdraw() {
    const std::string text = std::string(provider_host::chaos::kMore) + std::string(70'000, 'x');
    while (true) items_.push(text);
  }

  ChildHost& host_;
  const Channel& channel_;
  ItemSender items_;
  std::string payload_;  // of the response
  std::string last_id_;
  const Actions before_ = {
      {"half-frame", [this] { send_half(channel_, payload_), ::_exit(6); }},
      {"half-hang", [this] { send_half(channel_, payload_), wait_for_ever(); }},
      {"silent", [] { wait_for_ever(); }},
      {"hangs", [this] { hang(host_); }},
      {"deaf", ignore_signals_for_ever},
      {"stale-id", [this] { last_id_.empty() ? void() : channel_.write_frame(result(last_id_, R"("stale")")); }},
      {"wrong-id", [this] { channel_.write_frame(result("9007199254740991", R"("wrong")")); }},
      {"garbage", [this] { channel_.write_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); }},
      {"zero-length", [this] { channel_.write_bytes(std::string(4, '\0')); }},
      {"too-long", [this] { channel_.write_bytes("\xFF\xFF\xFF\xFF"); }},
      {"not-utf8", [this] { channel_.write_frame("\xC3\x28"); }},
      {"ready-again", [this] { channel_.write_frame(kReady); }},
      {"closes-call", [this] { ::close(channel_.fd()), wait_for_ever(); }},
      {"vanishes", [] { ::_exit(5); }},
      {"bad-control", [this] { host_.control().write_frame("rubbish"); }},
      {"pause", [] { ::usleep(5000); }},
      {"yields", [this] { push_many(); }},
      {"half-item", [this] { send_half(channel_, items_.message("half")), ::_exit(6); }},
      {"bad-item", [this] { channel_.write_frame(items_.message("\"")); }},
      {"unknown-item", [this] { channel_.write_frame(R"({"type":"item","id":9007199254740991,"item":0})"); }},
      {"unasked-progress", [this] { channel_.write_frame(R"({"type":"progress","id":)" + items_.id() + "}"); }},
      {"item-of-call", [this] { items_.push("item"); }},
      {"overdraws", [this] { overdraw(); }},
      {"deaf-stream", [this] { ignore_signals(), items_.send_for_ever(provider_host::chaos::kMore); }},
  };
  const Actions behind_ = {
      {"twice", [this] { channel_.write_frame(payload_); }},
      {"late-item", [this] { items_.push("late"); }},
  };
};

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  Hostile hostile(host);
  while (true) hostile.respond(host.next_call());
}
