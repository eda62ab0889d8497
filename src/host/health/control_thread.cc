#include "host/health/control_thread.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "host/health/crash_recorder.h"
#include "host/id_message.h"
#include "host/platform/main_thread.h"
#include "host/platform/pool_process.h"
#include "host/platform/signals.h"
#include "host/platform/thread_count.h"
#include "host/protocol_violation.h"
#include "platform/signal_mask.h"
#include "platform/thread.h"
#include "wire/stream_credit.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kControlFrameLimit = 4096;
// How often the thread looks whether to stop, while it may be told to: a descriptor that wakes it could be seen, and
// closed, by user code.
constexpr int kStopIntervalMs = 10;
// How often it looks whether the pool's process has ended, where no descriptor tells.
constexpr int kParentIntervalMs = 1000;

[[noreturn]] void kill_group() {
  if (::getpgrp() == ::getpid()) ::kill(-::getpgrp(), SIGKILL);
  ::kill(::getpid(), SIGKILL);
  ::_exit(128 + SIGKILL);
}

}  // namespace

ControlThread::ControlThread(int control, int pool, Requests requests)
    : control_(control),
      pool_(pool),
      requests_(requests),
      cancellations_(requests.cancellations),
      decoder_(kControlFrameLimit) {
  const platform::AllSignalsBlocked blocked;
  thread_ = platform::start_thread("the control thread", [this] { run(); });
  exclude_thread_from_count();
}

void ControlThread::stop() {
  is_stopped_ = true;
  thread_.join();
  include_thread_in_count();
}

void ControlThread::run() {
  try {
    auto received = Received::kBytes;
    while ((received = receive()) == Received::kBytes) {
      while (next_frame()) handle(decoder_.payload());
    }
    if (received == Received::kEnd) kill_group();
  } catch (const ProtocolViolation& violation) {
    exit_with(violation);
  }
}

ControlThread::Received ControlThread::receive() {
  repeat_signal_while_waiting();
  const Waited waited = wait_for_bytes();
  if (waited == Waited::kStopped) return Received::kStopped;
  if (waited == Waited::kPoolEnded) return Received::kEnd;
  char* into = decoder_.prepare(kControlFrameLimit);
  ssize_t count = 0;
  do {
    count = ::recv(control_, into, kControlFrameLimit, 0);
  } while (count < 0 && errno == EINTR);
  if (count > 0) decoder_.fed(static_cast<std::size_t>(count));
  if (count < 0 && (errno == EBADF || errno == ENOTSOCK)) exit_without_channels();
  return count > 0 ? Received::kBytes : Received::kEnd;
}

ControlThread::Waited ControlThread::wait_for_bytes() {
  auto waited = Waited::kNothing;
  while (waited == Waited::kNothing) {
    if (is_stopped_ && decoder_.at_boundary()) return Waited::kStopped;
    if (pool_ < 0 && parent_has_ended()) return Waited::kPoolEnded;
    waited = wait(may_stop_ ? kStopIntervalMs : pool_ < 0 ? kParentIntervalMs : -1);
  }
  return waited;
}

ControlThread::Waited ControlThread::wait(int limit_ms) {
  std::array<pollfd, 2> fds{{{control_, POLLIN, 0}, {pool_, POLLIN, 0}}};
  int ready = 0;
  do {
    ready = ::poll(fds.data(), fds.size(), limit_ms);
  } while (ready < 0 && errno == EINTR);
  if ((fds[1].revents & POLLIN) != 0) return Waited::kPoolEnded;
  if (fds[1].revents != 0) pool_ = -1;  // the script has closed it
  return fds[0].revents != 0 ? Waited::kReadable : Waited::kNothing;
}

// A signal that comes just before a system call does not interrupt it, and nothing else wakes the main thread; and in
// some code the handler must not interrupt. So it is sent again as long as the cancellation is not taken: each
// millisecond at first, then less and less often, for a minute at most.
void ControlThread::repeat_signal_while_waiting() {
  constexpr int kSoon = 10;
  constexpr int kMaxWaitMs = 500;
  constexpr int kMaxRepeats = 140;
  int wait_ms = 1;
  for (int i = 0; i < kMaxRepeats && cancellations_.any() && !is_stopped_; ++i) {
    if (wait(wait_ms) != Waited::kNothing) return;
    if (cancellations_.any()) interrupt_main_thread();
    if (i >= kSoon) wait_ms = std::min(2 * wait_ms, kMaxWaitMs);
  }
}

bool ControlThread::next_frame() {
  const auto event = decoder_.next();
  if (event == wire::FrameDecoder::Event::kViolation) throw ProtocolViolation("the pool sent " + decoder_.violation());
  return event == wire::FrameDecoder::Event::kFrame;
}

void ControlThread::handle(std::string_view message) {
  if (message == R"({"type":"dump"})") {
    signal_main_thread(dump_signal());
    cancellations_.request_stacks();
    interrupt_main_thread();
  } else if (const auto cancelled = id_after(message, R"({"type":"cancel","id":)")) {
    cancellations_.add(*cancelled);
    interrupt_main_thread();
  } else if (wire::take(message, R"({"type":"credit","id":)")) {
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
void ControlThread::grant(std::string_view message) {
  const auto id = wire::take_id(message);
  const auto bytes = id_after(message, R"(,"bytes":)").value_or(0);
  if (!id || bytes == 0 || bytes > wire::StreamCredit::kMaxGrant) throw ProtocolViolation("a malformed credit");
  requests_.streams.grant(*id, bytes);
}

// The main thread may wait for a signal, or for credit.
void ControlThread::interrupt_main_thread() {
  signal_main_thread(cancel_signal());
  requests_.streams.wake();
}

void ControlThread::pong(std::uint64_t id) const {
  const std::string payload = R"({"type":"pong","id":)" + std::to_string(id) + "}";
  const auto header = wire::encode_header(payload.size());
  std::string frame(header.data(), header.size());
  frame += payload;
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t count = ::send(control_, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) return;  // receive() will see the end
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

}  // namespace provider_host::host
