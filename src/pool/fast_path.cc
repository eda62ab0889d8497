#include "pool/fast_path.h"

#include <poll.h>

#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "pool/call/failure.h"
#include "pool/host/find_frame.h"
#include "pool/poll_timeout.h"
#include "process/stream.h"

namespace provider_host::internal {

using process::Transfer;
using Unfinished = HostLeases::Unfinished;

/// One exchange over a leased channel. The channel and the call go on, whatever happens: back with a response
/// (release), to the reactor with what is left to be done (transfer), or, when the caller leaves by an exception, to
/// the reactor as a call to be cancelled; then the destructor waits for that. Nothing here needs memory.
class FastPath::Exchange {
 public:
  Exchange(FastPath& path, CallChannel& channel, const CallPtr& call, const Interrupted& interrupted)
      : path_(path),
        channel_(channel),
        call_(call),
        interrupted_(interrupted),
        until_(call->next_limit()),
        outer_(std::exchange(t_innermost, this)) {}
  ~Exchange() {
    t_innermost = outer_;
    if (has_ended_ || !path_.process_.is_here()) return;
    transfer(Unfinished::kInterrupted);
    call_->wait();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Result run(Outcome& outcome) {
    const std::optional<Unfinished> unfinished = exchange(outcome);
    if (!unfinished) {
      release(outcome);
      return Result::kSettled;
    }
    transfer(*unfinished);
    return *unfinished == Unfinished::kInterrupted ? Result::kInterrupted : Result::kTransferred;
  }

  static void leave_all(const FastPath& path) {
    for (Exchange* exchange = t_innermost; exchange != nullptr; exchange = exchange->outer_) {
      if (&exchange->path_ == &path && !exchange->is_left_ && !exchange->has_ended_) exchange->leave();
    }
  }

 private:
  // Why there is no outcome.
  std::optional<Unfinished> exchange(Outcome& outcome) {
    channel_.on_send(*call_);
    if (const auto unfinished = send()) return unfinished;
    is_sent_ = true;
    while (true) {
      try {
        const auto read = receive(outcome);
        if (read.is_over) return read.unfinished;
      } catch (const std::bad_alloc&) {
        return Unfinished::kNoMemory;
      }
      if (const auto unfinished = wait_for(POLLIN)) return unfinished;
    }
  }

  std::optional<Unfinished> send() {
    const auto parts = call_->frame();
    for (std::size_t sent = 0; sent < call_->frame_size();) {
      process::TransferResult written;
      const bool moved = channel_.spin().until([&] {
        written = process::send_some(channel_.fd(), parts, sent);
        return written.state != Transfer::kWouldBlock;
      });
      if (written.state == Transfer::kRefused) return Unfinished::kEnded;
      sent += written.count;
      if (moved) continue;
      if (const auto unfinished = wait_for(POLLOUT)) return unfinished;
    }
    return std::nullopt;
  }

  struct Received {
    bool is_over = false;  // else the host has nothing more to say now
    std::optional<Unfinished> unfinished{};
  };

  Received receive(Outcome& outcome) {
    while (true) {
      switch (find_frame(channel_, [this] { return is_late(); })) {
        case FrameSearch::kFound:
          if (const auto taken = take(outcome); taken.is_over) return taken;
          break;
        case FrameSearch::kNothing:
          return {};
        case FrameSearch::kTimeUp:
          return {true, Unfinished::kTimeUp};
        case FrameSearch::kEnded:
          return {true, Unfinished::kEnded};
        case FrameSearch::kViolation:
          violation_ = channel_.decoder().violation();
          return {true, Unfinished::kViolation};
      }
    }
  }

  // The frame just read. What is late and about another call is dropped.
  Received take(Outcome& outcome) {
    const wire::HostMessage message = wire::parse_host_message(channel_.decoder().payload());
    if (const auto* result = std::get_if<wire::ResultMessage>(&message); result != nullptr && result->id == call_->id) {
      outcome = success_of(channel_.decoder(), result->result);
      return {true};
    }
    if (const auto* error = std::get_if<wire::ErrorMessage>(&message); error != nullptr && error->id == call_->id) {
      outcome = Outcome::failure(parse_error(error->error));
      return {true};
    }
    violation_ = channel_.violation_of(message);
    const auto* const item = std::get_if<wire::ItemMessage>(&message);
    const auto* const progress = std::get_if<wire::ProgressMessage>(&message);
    const bool is_watched = call_->mode == wire::CallMode::kWatched;
    if (item != nullptr && item->id == call_->id) violation_ = "an item of a call that is no stream";
    if (progress != nullptr && progress->id == call_->id && !is_watched)
      violation_ = "a progress of a call that is not watched";
    if (!violation_.empty()) return {true, Unfinished::kViolation};
    if (progress != nullptr && progress->id == call_->id) {
      call_->progress = Clock::now();
      until_ = call_->next_limit();
    }
    return {};
  }

  [[nodiscard]] bool is_late() const { return until_ && Clock::now() >= *until_; }

  // Waits for a poll event, or for a while; some other wake-up is no harm. Why the exchange is over, if it is. A long
  // call does not keep its host from being replaced.
  std::optional<Unfinished> wait_for(short events) {
    pollfd waiting{channel_.fd(), events, 0};
    const bool has_happened = ::poll(&waiting, 1, poll_timeout(until_, true)) > 0;
    if (is_late()) return Unfinished::kTimeUp;
    if (has_happened) return std::nullopt;
    if (interrupted_ && interrupted_()) return Unfinished::kInterrupted;
    if (is_left_ || (is_sent_ && path_.leases_.is_recalled(*call_))) return Unfinished::kLeft;
    return std::nullopt;
  }

  void release(Outcome& outcome) {
    call_->complete(outcome);
    channel_.on_response();
    path_.metrics_.on_released(*call_, outcome);
    has_ended_ = true;
    path_.leases_.release(*call_);
  }

  void transfer(Unfinished how) {
    has_ended_ = true;
    if (!is_left_) return path_.leases_.transfer(call_, how, std::move(violation_));
    if (how != Unfinished::kInterrupted) return;
    path_.cancellations_.request(call_, CallState::CancelRequest::kCancel);
    path_.reactor_.wake();
  }

  // Only the caller can send the rest of its call.
  void leave() {
    path_.leases_.transfer(call_, is_sent_ ? Unfinished::kLeft : Unfinished::kInterrupted, {});
    is_left_ = true;
  }

  static thread_local Exchange* t_innermost;

  FastPath& path_;
  CallChannel& channel_;
  const CallPtr call_;
  const Interrupted& interrupted_;
  std::optional<TimePoint> until_;
  Exchange* const outer_;  // of this thread
  std::string violation_;
  bool is_sent_ = false;  // the host has the whole call
  bool is_left_ = false;  // the reactor has the call, while the caller is in `interrupted`
  bool has_ended_ = false;
};

thread_local FastPath::Exchange* FastPath::Exchange::t_innermost = nullptr;

FastPath::Result FastPath::run(const CallPtr& call, const Interrupted& interrupted, Outcome& outcome) {
  CallChannel* const channel = leases_.acquire(*call);
  if (channel == nullptr) return Result::kNoHost;
  metrics_.on_leased(*call);
  call->started = Clock::now();
  return Exchange(*this, *channel, call, interrupted).run(outcome);
}

void FastPath::leave_exchanges() const { Exchange::leave_all(*this); }

}  // namespace provider_host::internal
