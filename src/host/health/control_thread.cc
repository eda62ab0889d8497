#include "host/health/control_thread.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "host/health/crash_recorder.h"
#include "host/health/diagnostics.h"
#include "host/protocol_violation.h"
#include "wire/frame_codec.h"
#include "wire/stream_credit.h"
#include "wire/take_text.h"

namespace provider_host::host {
namespace {

using wire::take;

constexpr std::size_t kControlFrameLimit = 4096;

class ControlThread {
 public:
  ControlThread(Fd fd, Fd pool, Requests requests)
      : fd_(std::move(fd)), pool_(std::move(pool)), requests_(requests), cancellations_(requests.cancellations) {}

  [[noreturn]] void run() {
    try {
      while (receive()) {
        while (next_frame()) handle(decoder_.payload());
      }
      kill_group();
    } catch (const ProtocolViolation& violation) {
      exit_with(violation);
    }
  }

 private:
  // False at the end.
  bool receive() {
    repeat_signal_while_waiting();
    if (wait(-1) == Waited::kPoolEnded) return false;
    char* into = decoder_.prepare(kControlFrameLimit);
    ssize_t count = 0;
    do {
      count = ::recv(fd_.get(), into, kControlFrameLimit, 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) decoder_.fed(static_cast<std::size_t>(count));
    if (count < 0 && (errno == EBADF || errno == ENOTSOCK)) exit_without_channels();
    return count > 0;
  }

  enum class Waited { kNothing, kReadable, kPoolEnded };

  Waited wait(int limit_ms) {
    std::array<pollfd, 2> fds{{{fd_.get(), POLLIN, 0}, {pool_.get(), POLLIN, 0}}};
    int ready = 0;
    do {
      ready = ::poll(fds.data(), fds.size(), limit_ms);
    } while (ready < 0 && errno == EINTR);
    if ((fds[1].revents & POLLIN) != 0) return Waited::kPoolEnded;
    if (fds[1].revents != 0) static_cast<void>(pool_.release());  // the script has closed it
    return fds[0].revents != 0 ? Waited::kReadable : Waited::kNothing;
  }

  // A signal that comes just before a system call does not interrupt it, and nothing else wakes the main thread; and in
  // some code the handler must not interrupt. So it is sent again as long as the cancellation is not taken: each
  // millisecond at first, then less and less often, for a minute at most.
  void repeat_signal_while_waiting() {
    constexpr int kSoon = 10;
    constexpr int kMaxWaitMs = 500;
    constexpr int kMaxRepeats = 140;
    int wait_ms = 1;
    for (int i = 0; i < kMaxRepeats && cancellations_.any(); ++i) {
      if (wait(wait_ms) != Waited::kNothing) return;
      if (cancellations_.any()) interrupt_main_thread();
      if (i >= kSoon) wait_ms = std::min(2 * wait_ms, kMaxWaitMs);
    }
  }

  bool next_frame() {
    const auto event = decoder_.next();
    if (event == wire::FrameDecoder::Event::kViolation)
      throw ProtocolViolation("the pool sent " + decoder_.violation());
    return event == wire::FrameDecoder::Event::kFrame;
  }

  void handle(std::string_view message) {
    if (message == R"({"type":"dump"})") {
      signal_main_thread(dump_signal());
      cancellations_.request_stacks();
      interrupt_main_thread();
    } else if (const auto cancelled = id_after(message, R"({"type":"cancel","id":)")) {
      cancellations_.add(*cancelled);
      interrupt_main_thread();
    } else if (take(message, R"({"type":"credit","id":)")) {
      grant(message);
    } else if (const auto closed = id_after(message, R"({"type":"close","id":)")) {
      requests_.streams.close(*closed);
    } else if (const auto probe = id_after(message, R"({"type":"probe","id":)")) {
      requests_.health.request(*probe);
    } else if (const auto ping = id_after(message, R"({"type":"ping","id":)")) {
      pong(*ping);
    } else {
      throw ProtocolViolation("an unknown control message");
    }
  }

  // `message` is what follows `{"type":"credit","id":`.
  void grant(std::string_view message) {
    const auto id = wire::take_id(message);
    const auto bytes = id_after(message, R"(,"bytes":)").value_or(0);
    if (!id || bytes == 0 || bytes > wire::StreamCredit::kMaxGrant) throw ProtocolViolation("a malformed credit");
    requests_.streams.grant(*id, bytes);
  }

  // The main thread may wait for a signal, or for credit.
  void interrupt_main_thread() {
    signal_main_thread(cancel_signal());
    requests_.streams.wake();
  }

  // The number between `prefix` and the closing brace.
  static std::optional<std::uint64_t> id_after(std::string_view message, std::string_view prefix) {
    if (!message.starts_with(prefix)) return std::nullopt;
    message.remove_prefix(prefix.size());
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), id);
    if (error != std::errc() || std::string_view(end, message.data() + message.size()) != "}") return std::nullopt;
    return id;
  }

  void pong(std::uint64_t id) {
    const std::string payload = R"({"type":"pong","id":)" + std::to_string(id) + "}";
    const auto header = wire::encode_header(payload.size());
    std::string frame(header.data(), header.size());
    frame += payload;
    for (std::size_t sent = 0; sent < frame.size();) {
      const ssize_t count = ::send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno != EINTR) return;  // receive() will see the end
      if (count > 0) sent += static_cast<std::size_t>(count);
    }
  }

  // The main thread's id is the process's.
  static void signal_main_thread(int signal) { ::syscall(SYS_tgkill, ::getpid(), ::getpid(), signal); }

  [[noreturn]] static void kill_group() {
    if (::getpgrp() == ::getpid()) ::kill(-::getpgrp(), SIGKILL);
    ::kill(::getpid(), SIGKILL);
    ::_exit(128 + SIGKILL);
  }

  Fd fd_;
  Fd pool_;
  Requests requests_;
  Cancellations& cancellations_;
  wire::FrameDecoder decoder_{kControlFrameLimit};
};

}  // namespace

void start_control_thread(Fd control, Fd pool, Requests requests) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([thread = ControlThread(std::move(control), std::move(pool), requests)]() mutable {
    thread.run();
  }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace provider_host::host
