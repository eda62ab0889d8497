// Streams: each stream gets as many items as its first argument says, `"0"`, `"1"` and so on, within the credit that
// the pool gives, then `null`. The second argument says what happens behind the last item instead or before the end:
// "die", "raise", "value" (its result is 42), "gate" (it ends when somebody opens SCRIPT.gate), "hang" (until it is
// closed or cancelled), "stubborn" (until it is cancelled), "deaf" (for ever), "overdraw" (more than there is credit
// for), "large" (an item of 100,000 bytes). Any other call gets its arguments. Prints what it reads about a stream from
// its control channel, "waits for credit" when it does, and "is at the end" behind the last item.
#include "child_host.h"
#include "wire/stream_credit.h"

using namespace provider_host::child;

namespace {

using provider_host::wire::StreamCredit;

class Streamer {
 public:
  Streamer(ChildHost& host, const Request& request) : host_(host), request_(request) {}

  void run() {
    const std::int64_t count = number_behind(request_.args, "[");
    for (std::int64_t i = 0; i < count; ++i) {
      if (!credit_.is_open()) std::printf("waits for credit\n");
      while (!credit_.is_open()) {
        if (!goes_on(read_control())) return fail("the stream was closed");
      }
      send_item(std::to_string(i));
    }
    std::printf("is at the end\n");
    end();
  }

 private:
  [[nodiscard]] bool says(const char* word) const { return request_.args.find(word) != std::string::npos; }

  void end() {
    if (says("die")) ::kill(::getpid(), SIGKILL);
    if (says("raise")) return fail("boom");
    if (says("gate")) ::close(::open((host_.script() + ".gate").c_str(), O_RDONLY));
    if (says("large")) send_item(std::string(100'000, 'x'));
    if (says("overdraw")) {
      while (credit_.is_open()) send_item("filler");
      send_item("too much");
    }
    while (says("deaf")) read_control();
    if (says("stubborn")) {
      while (!read_control().starts_with(R"({"type":"cancel")")) continue;
      return fail("the stream was cancelled");
    }
    if (says("hang") || says("overdraw")) {
      while (goes_on(read_control())) continue;
      return fail("the stream was closed");
    }
    host_.call().write_frame(R"({"type":"result","id":)" + request_.id + R"(,"result":)" +
                             (says("value") ? "42}" : "null}"));
  }

  void send_item(const std::string& text) {
    const std::string payload = R"({"type":"item","id":)" + request_.id + R"(,"item":")" + text + R"("})";
    credit_.spend(StreamCredit::cost_of(payload.size()));
    host_.call().write_frame(payload);
  }
  // Waits for the next message; empty when it is about something else.
  std::string read_control() {
    const auto message = host_.control().read_frame();
    if (!message) ::_exit(0);
    if (message->find("dump") != std::string::npos) host_.write_diagnostics("=== end of dump ===\n");
    const bool is_probe = message->find("probe") != std::string::npos;  // these have ids of their own
    if (is_probe || message->find(R"("id":)" + request_.id) == std::string::npos) return "";
    std::printf("%s\n", message->c_str());
    credit_.grant(number_behind(*message, R"("bytes":)"));
    return *message;
  }
  static bool goes_on(const std::string& message) {
    return message.empty() || message.starts_with(R"({"type":"credit")");
  }
  void fail(const std::string& why) {
    host_.call().write_frame(R"({"type":"error","id":)" + request_.id +
                             R"(,"error":{"kind":"python_exception","message":")" + why + R"("}})");
  }

  ChildHost& host_;
  const Request& request_;
  StreamCredit credit_;
};

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request request = host.next_call();
    if (request.is_stream) {
      Streamer(host, request).run();
    } else {
      host.respond(request);
    }
  }
}
