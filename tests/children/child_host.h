#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "helpers/framed.h"
#include "platform/shared_memory.h"
#include "wire/crash_record.h"
#include "wire/frame_codec.h"
#include "wire/host_memory.h"

namespace provider_host::child {

/// The number behind `key` in a message; 0 when there is none.
inline std::int64_t number_behind(std::string_view message, std::string_view key) {
  std::int64_t number = 0;
  const std::size_t at = message.find(key);
  if (at != std::string_view::npos)
    std::from_chars(message.data() + at + key.size(), message.data() + message.size(), number);
  return number;
}

/// A call as a host sees it. `id` stays text: nothing here needs its value.
struct Request {
  std::string id;
  std::string args;  ///< JSON text
  bool is_stream = false;
};

/// One end of a channel with blocking frames. Ends the process with code 70 when the pool breaks the protocol.
class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  [[nodiscard]] int fd() const { return fd_; }

  void write_bytes(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) ::_exit(0);  // the pool is gone
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void write_frame(std::string_view payload) const { write_bytes(framed(payload)); }
  /// Whether there are bytes that were received and not read.
  [[nodiscard]] bool has_received() const { return !decoder_.at_boundary(); }
  /// The next payload; nothing at the end of the channel.
  std::optional<std::string> read_frame() {
    while (true) {
      const auto event = decoder_.next();
      if (event == wire::FrameDecoder::Event::kFrame) return std::string(decoder_.payload());
      if (event == wire::FrameDecoder::Event::kViolation) ::_exit(70);
      const ssize_t count = ::read(fd_, decoder_.prepare(kReadSize), kReadSize);
      if (count <= 0) return std::nullopt;
      decoder_.fed(static_cast<std::size_t>(count));
    }
  }

 private:
  static constexpr std::size_t kReadSize = 65536;
  int fd_;
  wire::FrameDecoder decoder_;
};

inline constexpr std::string_view kReady =
    R"({"type":"ready","protocol":3,"python":"3.11.7","executable":"/usr/bin/python3","import_ms":1.5})";

/// A host without Python, for tests of the pool: `child_x --protocol-fds=CALL,CONTROL,DIAGNOSTICS SCRIPT`. The control
/// and diagnostics channels stay open and unused until a child uses them.
class ChildHost {
 public:
  ChildHost(int argc, char** argv)
      : call_(number(argc, argv, 0)),
        control_(number(argc, argv, 1)),
        diagnostics_(number(argc, argv, 2)),
        memory_(platform::SharedMemory::map(number(argc, argv, 3), sizeof(wire::HostMemory))),
        script_(argv[2]) {
    ::setvbuf(stdout, nullptr, _IONBF, 0);
  }

  Channel& call() { return call_; }
  Channel& control() { return control_; }
  /// The path of the "script": a text file that a test may use to say what it wants.
  [[nodiscard]] const std::string& script() const { return script_; }

  /// What the pool reads when this process is dead; start() sets `in_use`.
  wire::CrashRecord& crash_record() { return static_cast<wire::HostMemory*>(memory_.data())->record; }

  /// Reads the start message and says ready.
  void start() {
    constexpr std::string_view kConcurrency = R"("concurrency":)";
    const auto message = call_.read_frame();
    if (!message) ::_exit(0);
    crash_record().in_use = wire::CrashRecord::kInUse;
    max_calls_ = std::strtoul(message->c_str() + message->find(kConcurrency) + kConcurrency.size(), nullptr, 10);
    call_.write_frame(kReady);
  }

  /// The same; but only the first process for this script goes on, those after it echo. Its mark is SCRIPT.marker.
  void start_misbehaving_once() {
    start();
    if (marked_before()) echo();
  }
  /// Whether SCRIPT.marker was there; it is now.
  bool marked_before() {
    const int fd = ::open((script_ + ".marker").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return true;
    ::close(fd);
    return false;
  }

  /// The next call; nothing at the end of the channel.
  std::optional<Request> next_call_or_end() {
    const auto payload = call_.read_frame();
    if (!payload) return std::nullopt;
    crash_record().calls_read += 1;
    return parse(*payload);
  }
  /// The next call; ends the process with code 0 at the end of the channel, as a host does.
  Request next_call() {
    auto request = next_call_or_end();
    if (!request) ::_exit(0);
    return std::move(*request);
  }
  /// As many calls as the pool gives a host at a time (its concurrency): now they are all in flight.
  std::vector<Request> all_calls() {
    std::vector<Request> calls;
    while (calls.size() < max_calls_) calls.push_back(next_call());
    return calls;
  }
  /// Returns when that many calls have come, without reading them.
  void wait_until_all_calls_came() {
    constexpr std::string_view kCall = R"("type":"call")";
    std::string bytes(kPeekSize, 0);
    for (std::size_t came = 0; came < max_calls_;) {
      wait_until_readable();
      const ssize_t count = ::recv(call_.fd(), bytes.data(), bytes.size(), MSG_PEEK);
      if (count <= 0) ::_exit(0);
      const std::string_view seen(bytes.data(), static_cast<std::size_t>(count));
      came = 0;
      for (auto at = seen.find(kCall); at != std::string_view::npos; at = seen.find(kCall, at + 1)) ++came;
    }
  }
  /// Returns when there is something to read on the call channel, and leaves it there.
  void wait_until_readable() {
    pollfd waiting{call_.fd(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
  }
  void write_diagnostics(std::string_view text) const {
    [[maybe_unused]] const auto count = ::write(diagnostics_, text.data(), text.size());
  }

  void respond(const Request& request) const { call_.write_frame(result(request)); }

  /// The result message that has the arguments as its value.
  static std::string result(const Request& request) {
    return R"({"type":"result","id":)" + request.id + R"(,"result":)" + request.args + "}";
  }

  /// Responds to every call with its arguments, for ever.
  [[noreturn]] void echo() {
    while (true) respond(next_call());
  }

 private:
  static int number(int argc, char** argv, int index) {
    std::array<int, 4> fds{};
    if (argc != 3 || std::sscanf(argv[1], "--protocol-fds=%d,%d,%d,%d", &fds[0], &fds[1], &fds[2], &fds[3]) != 4)
      ::_exit(2);
    return fds[static_cast<std::size_t>(index)];
  }
  // The writer's order of keys is fixed, so that no JSON parser is needed.
  static Request parse(const std::string& payload) {
    constexpr std::string_view kId = R"("id":)";
    constexpr std::string_view kArgs = R"("args":)";
    const std::size_t id = payload.find(kId) + kId.size();
    const std::size_t args = payload.find(kArgs);
    Request request{payload.substr(id, payload.find_first_not_of("0123456789", id) - id), "null",
                    payload.starts_with(R"({"type":"stream")")};
    if (args != std::string::npos)
      request.args = payload.substr(args + kArgs.size(), payload.size() - args - kArgs.size() - 1);
    return request;
  }

  static constexpr std::size_t kPeekSize = 65536;

  Channel call_;
  Channel control_;
  int diagnostics_;
  platform::SharedMemory memory_;
  std::size_t max_calls_ = 1;
  std::string script_;
};

/// Waits until a signal ends the process.
[[noreturn]] inline void wait_for_ever() {
  while (true) ::pause();
}

}  // namespace provider_host::child
