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

enum class Step : std::uint8_t { kDone, kTimeUp, kInterrupted, kLeft, kEnd };

// Until when an exchange over one descriptor may take, and what else may end it.
class Limits {
 public:
  Limits(int fd, std::optional<TimePoint> until, const std::function<bool()>& interrupted, const bool& left)
      : fd_(fd), until_(until), interrupted_(interrupted), left_(left) {}

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
    if (happened || !interrupted_) return Step::kDone;
    if (interrupted_()) return Step::kInterrupted;
    return left_ ? Step::kLeft : Step::kDone;
  }

 private:
  int fd_;
  std::optional<TimePoint> until_;
  const std::function<bool()>& interrupted_;
  const bool& left_;  // `interrupted` has left the call to the pool
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

}  // namespace

/// A host's call channel in a caller's hands, with the call that it is borrowed for. Both go back, whatever happens:
/// with an answer (give_back), with what is left to be done (hand_over), or, when the caller leaves by an exception, as
/// a call to be cancelled. Then the destructor waits until that is done, since the prompt may be the caller's; but in a
/// forked child, where nothing is the caller's, it does nothing. Nothing here needs memory.
///
/// What `interrupted` runs, a signal handler perhaps, may itself wait for the pool, or never come back, as std::exit().
/// So a thread that is to wait leaves its leases first: the pool goes on with their calls.
class PoolCore::Lease {
 public:
  Lease(PoolCore& pool, Slot& slot, const CallPtr& call)
      : pool_(pool), slot_(slot), call_(call), outer_(std::exchange(t_innermost, this)) {}
  ~Lease() {
    t_innermost = outer_;
    if (ended_ || !pool_.is_here()) return;
    hand_over(Exchange::kInterrupted, {});
    call_->wait();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  static void leave_all(const PoolCore& pool) {
    for (Lease* lease = t_innermost; lease != nullptr; lease = lease->outer_) {
      if (&lease->pool_ == &pool && !lease->left_ && !lease->ended_) lease->leave();
    }
  }

  [[nodiscard]] HostProcess& host() const { return *slot_.process; }
  [[nodiscard]] const bool& left() const { return left_; }
  /// The host has the whole call.
  void note_sent() { is_sent_ = true; }

  // The host is idle again, unless it was lost meanwhile or is to be replaced: then the pool's thread has it.
  void give_back(const Outcome& outcome) {
    bool needed = false;
    {
      const std::lock_guard lock(pool_.mutex_);
      pool_.count(outcome, *call_);
      pool_.policy_.on_success();
      HostProcess& host = *slot_.process;
      ++slot_.calls;
      const bool is_old = ++host.served == host.successor_at || slot_.successor != nullptr || host.is_used_up();
      slot_.in_flight = 0;
      slot_.owner = host.lost || slot_.has_ready_successor || host.is_used_up() ? Owner::kPool : Owner::kNobody;
      needed = host.lost || pool_.closing_ || is_old || !pool_.queue_.empty();
      ended_ = true;
    }
    if (needed) pool_.poller_.wake();
  }

  void hand_over(Exchange how, std::string violation) {
    ended_ = true;
    if (!left_) return pass(how, std::move(violation));
    if (how == Exchange::kInterrupted) pool_.cancel(call_);
  }

 private:
  // Nobody can send the rest of a call but its caller.
  void leave() {
    pass(is_sent_ ? Exchange::kLeft : Exchange::kInterrupted, {});
    left_ = true;
  }
  void pass(Exchange how, std::string violation) {
    {
      const std::lock_guard lock(pool_.mutex_);
      slot_.handed_over.emplace(call_, how, std::move(violation));
    }
    pool_.poller_.wake();
  }

  static thread_local Lease* t_innermost;

  PoolCore& pool_;
  Slot& slot_;
  CallPtr call_;
  Lease* outer_;  // of this thread
  bool is_sent_ = false;
  bool left_ = false;
  bool ended_ = false;
};

thread_local PoolCore::Lease* PoolCore::Lease::t_innermost = nullptr;

void PoolCore::leave_leases() const { Lease::leave_all(*this); }

PoolCore::Slot* PoolCore::borrow(CallState& call) {
  if (!has_straight_path() || !call.affinity.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (closing_ || !queue_.empty()) return nullptr;
  for (Slot& slot : slots_) {
    if (slot.owner != Owner::kNobody) continue;
    slot.owner = Owner::kCaller;
    slot.in_flight = 1;
    counters_.on_submitted();
    call.host = slot.number;
    call.pid = slot.process->pid();
    return &slot;
  }
  return nullptr;
}

Outcome PoolCore::exchange_with(Slot& slot, const CallPtr& call, const Interrupted& interrupted) {
  static const Interrupted kNobody;
  Lease lease(*this, slot, call);
  call->started = Clock::now();
  Outcome outcome;
  std::string violation;
  const Exchange how = exchange(lease, *call, interrupted, outcome, violation);
  if (how == Exchange::kAnswered) {
    outcome.latency_ms = call->elapsed_ms();
    outcome.host = call->host;
    outcome.pid = call->pid;
    lease.give_back(outcome);
    return outcome;
  }
  lease.hand_over(how, std::move(violation));
  return wait_for_settling(call, how == Exchange::kInterrupted ? kNobody : interrupted);
}

// What `interrupted` throws is the caller's own business; what goes wrong with the answer is the host's.
PoolCore::Exchange PoolCore::exchange(Lease& lease, CallState& call, const Interrupted& interrupted, Outcome& outcome,
                                      std::string& violation) const {
  HostProcess& host = lease.host();
  const auto until = call.run_until(call.started);
  const Limits limits(host.call_fd(), until, interrupted, lease.left());
  auto unfinished = [](Step step) {
    if (step == Step::kTimeUp) return Exchange::kTimeUp;
    if (step == Step::kLeft) return Exchange::kLeft;
    return step == Step::kInterrupted ? Exchange::kInterrupted : Exchange::kEnded;
  };
  host.note_sent(call);
  if (const Step sent = send(host, call, limits); sent != Step::kDone) return unfinished(sent);
  lease.note_sent();
  while (true) {
    try {
      if (const auto how = read_answer(host, call, until, outcome, violation)) return *how;
    } catch (const std::bad_alloc&) {
      return Exchange::kNoMemory;
    }
    if (const Step waited = limits.wait_for(POLLIN); waited != Step::kDone) return unfinished(waited);
  }
}

// How the exchange has ended, or nothing while the host has nothing more to say. What has been read counts, however
// late it is; the limit also holds for a host that always has something to say.
std::optional<PoolCore::Exchange> PoolCore::read_answer(HostProcess& host, const CallState& call,
                                                        std::optional<TimePoint> until, Outcome& outcome,
                                                        std::string& violation) {
  using Event = wire::FrameDecoder::Event;
  wire::FrameDecoder& decoder = host.decoder();
  while (true) {
    auto event = decoder.next();
    for (; event == Event::kFrame; event = decoder.next()) {
      if (const auto how = take_answer(host, call, outcome, violation)) return how;
    }
    if (event == Event::kViolation) {
      violation = decoder.violation();
      return Exchange::kViolation;
    }
    if (until && Clock::now() >= *until) return Exchange::kTimeUp;
    const std::size_t room = room_for_read(decoder);
    char* const into = decoder.prepare(room);
    process::TransferResult read;
    const bool arrived = host.spin().until([&] {
      read = process::read_some(host.call_fd(), into, room);
      return read.state != Transfer::kWouldBlock;
    });
    if (!arrived) return std::nullopt;
    if (read.state != Transfer::kDone) return Exchange::kEnded;
    decoder.fed(read.count);
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

}  // namespace provider_host::internal
