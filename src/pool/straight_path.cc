// The straight path: an idle host is borrowed for one exchange of frames on the caller's own thread.
#include <poll.h>

#include <algorithm>
#include <new>
#include <utility>

#include "pool/pool_core.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using process::Transfer;

enum class Step : std::uint8_t { kDone, kTimeUp, kInterrupted, kEnd };

// Until when an exchange over one descriptor may take, and what else may end it.
class Limits {
 public:
  Limits(int fd, std::optional<TimePoint> until, const std::function<bool()>& interrupted)
      : fd_(fd), until_(until), interrupted_(interrupted) {}

  [[nodiscard]] bool passed() const { return until_ && Clock::now() >= *until_; }

  // Waits for a poll event; some other wake-up is no harm. kDone: go on.
  [[nodiscard]] Step wait_for(short events) const {
    std::int64_t timeout = -1;
    if (until_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until_ - Clock::now()).count();
      timeout = std::clamp<std::int64_t>(left, 0, 3'600'000);
    }
    if (interrupted_) {
      constexpr auto kInterval = static_cast<std::int64_t>(PoolCore::kInterruptInterval * 1000);
      timeout = timeout < 0 ? kInterval : std::min(timeout, kInterval);
    }
    pollfd waiting{fd_, events, 0};
    const bool happened = ::poll(&waiting, 1, static_cast<int>(timeout)) > 0;
    if (passed()) return Step::kTimeUp;
    return !happened && interrupted_ && interrupted_() ? Step::kInterrupted : Step::kDone;
  }

 private:
  int fd_;
  std::optional<TimePoint> until_;
  const std::function<bool()>& interrupted_;
};

// Sends the whole frame.
Step send(HostProcess& host, const CallState& call, const Limits& limits) {
  const auto parts = call.frame();
  for (std::size_t sent = 0; sent < call.frame_size();) {
    process::TransferResult written;
    const bool moved = host.spin().until([&] {
      written = process::send_some(host.call_fd(), parts, sent);
      return written.state != Transfer::kWouldBlock;
    });
    if (written.state == Transfer::kRefused) return Step::kEnd;
    sent += written.count;
    if (moved) continue;
    if (const Step waited = limits.wait_for(POLLOUT); waited != Step::kDone) return waited;
  }
  return Step::kDone;
}

// Reads something. The limit also holds for a host that always has something to say.
Step receive(HostProcess& host, const Limits& limits) {
  wire::FrameDecoder& decoder = host.decoder();
  const std::size_t room = room_for_read(decoder);
  char* const into = decoder.prepare(room);
  process::TransferResult read;
  const bool arrived = host.spin().until([&] {
    read = process::read_some(host.call_fd(), into, room);
    return read.state != Transfer::kWouldBlock;
  });
  if (!arrived) return limits.wait_for(POLLIN);
  if (limits.passed()) {
    decoder.fed(read.count);
    return Step::kTimeUp;
  }
  if (read.state == Transfer::kEnd || read.state == Transfer::kRefused) return Step::kEnd;
  decoder.fed(read.count);
  return Step::kDone;
}

}  // namespace

PoolCore::Slot* PoolCore::borrow(CallState& call) {
  if (!has_straight_path() || !call.affinity.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (closing_ || !queue_.empty()) return nullptr;
  for (Slot& slot : slots_) {
    if (slot.owner != Owner::kNobody) continue;
    slot.owner = Owner::kCaller;
    slot.in_flight = 1;
    call.host = slot.number;
    call.pid = slot.process->pid();
    return &slot;
  }
  return nullptr;
}

Outcome PoolCore::exchange_with(Slot& slot, const CallPtr& call, const Interrupted& interrupted) {
  call->started = Clock::now();
  Outcome outcome;
  std::string violation;
  Exchange how{};
  try {
    how = exchange(*slot.process, *call, interrupted, outcome, violation);
  } catch (const std::bad_alloc&) {
    how = Exchange::kViolation;
    violation = HostProcess::kTooMuch;
  }
  if (how != Exchange::kAnswered) {
    hand_over(slot, call, how, violation);
    return wait_for_settling(call, how == Exchange::kInterrupted ? nullptr : interrupted);
  }
  outcome.latency_ms = call->elapsed_ms();
  outcome.host = call->host;
  outcome.pid = call->pid;
  record(outcome, *call);
  give_back(slot);
  return outcome;
}

PoolCore::Exchange PoolCore::exchange(HostProcess& host, CallState& call, const Interrupted& interrupted,
                                      Outcome& outcome, std::string& violation) const {
  const Limits limits(host.call_fd(), call.run_until(call.started), interrupted);
  auto unfinished = [](Step step) {
    if (step == Step::kTimeUp) return Exchange::kTimeUp;
    return step == Step::kInterrupted ? Exchange::kInterrupted : Exchange::kEnded;
  };
  host.note_sent(call);
  if (const Step sent = send(host, call, limits); sent != Step::kDone) return unfinished(sent);
  wire::FrameDecoder& decoder = host.decoder();
  while (true) {
    const auto event = decoder.next();
    if (event == wire::FrameDecoder::Event::kViolation) {
      violation = decoder.violation();
      return Exchange::kViolation;
    }
    if (event == wire::FrameDecoder::Event::kFrame) {
      if (const auto how = take_answer(host, call, outcome, violation)) return *how;
      continue;
    }
    if (const Step received = receive(host, limits); received != Step::kDone) return unfinished(received);
  }
}

// What the frame just read means to the call; nothing when it is a late answer to another one, which is dropped.
std::optional<PoolCore::Exchange> PoolCore::take_answer(HostProcess& host, const CallState& call, Outcome& outcome,
                                                        std::string& violation) {
  const wire::HostMessage message = wire::parse_host_message(host.decoder().payload());
  if (const auto* result = std::get_if<wire::ResultMessage>(&message); result != nullptr && result->id == call.id) {
    outcome = success_of(host.decoder(), result->result);
    return Exchange::kAnswered;
  }
  if (const auto* error = std::get_if<wire::ErrorMessage>(&message); error != nullptr && error->id == call.id) {
    outcome = Outcome::failure(parse_error(error->error));
    return Exchange::kAnswered;
  }
  violation = host.objection(message);
  if (violation.empty()) return std::nullopt;
  return Exchange::kViolation;
}

// A host that was lost meanwhile stays the caller's until the pool's thread takes it back, so that nobody buries it in
// between.
void PoolCore::give_back(Slot& slot) {
  bool needed = false;
  {
    const std::lock_guard lock(mutex_);
    ++slot.calls;
    const bool is_old =
        ++slot.process->served == slot.process->successor_at || slot.successor != nullptr || slot.process->is_used_up();
    slot.in_flight = 0;
    policy_.on_success();
    if (slot.lost) {
      commands_.emplace_back([this, number = slot.number] { reclaim(number); });
    } else {
      // With a successor ready, or when it has had its calls, no caller may borrow the old host again.
      slot.owner = slot.has_ready_successor || slot.process->is_used_up() ? Owner::kPool : Owner::kNobody;
    }
    needed = slot.lost || closing_ || is_old || !queue_.empty();
  }
  if (needed) poller_.wake();
}

void PoolCore::hand_over(Slot& slot, const CallPtr& call, Exchange how, const std::string& violation) {
  call->keep_prompt();
  {
    const std::lock_guard lock(mutex_);
    commands_.emplace_back([this, number = slot.number, call, how, violation] { adopt(number, call, how, violation); });
  }
  poller_.wake();
}

}  // namespace provider_host::internal
