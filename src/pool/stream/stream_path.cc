#include "pool/stream/stream_path.h"

#include <poll.h>

#include <array>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "pool/call/failure.h"
#include "pool/host/find_frame.h"
#include "pool/poll_timeout.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using Unfinished = HostLeases::Unfinished;

// The socket of an idle host takes as much at once.
constexpr std::size_t kMaxCall = std::size_t{64} << 10;

}  // namespace

/// One turn of the reader: until it has an item, or cannot get one.
class StreamPath::Turn {
 public:
  Turn(StreamPath& path, const CallPtr& call, CallChannel& channel) : path_(path), call_(call), channel_(channel) {}

  ~Turn() {
    if (is_ours_) leave();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  void send() {
    channel_.on_send(*call_);
    const auto parts = call_->frame();
    for (std::size_t sent = 0; sent < call_->frame_size();) {
      const auto [state, count] = process::send_some(channel_.fd(), parts, sent);
      if (state == process::Transfer::kRefused) return transfer(Unfinished::kEnded);
      sent += count;
      pollfd writable{channel_.fd(), POLLOUT, 0};
      if (count == 0) ::poll(&writable, 1, -1);
    }
  }

  std::optional<Item> next(const Interrupted& interrupted, bool may_wait) {
    if (!grant_due_credit()) return std::nullopt;
    until_ = call_->next_limit();
    while (is_ours_) {
      bool has_nothing = false;
      try {
        if (auto item = look(has_nothing, may_wait)) return item;
      } catch (const std::bad_alloc&) {
        transfer(Unfinished::kNoMemory);
      }
      if (!has_nothing) continue;
      if (!may_wait) break;
      wait(interrupted);
    }
    return std::nullopt;
  }

 private:
  // False: the reactor has the stream now, as only it can wait for the control channel.
  bool grant_due_credit() {
    const std::int64_t bytes = call_->items->grant_due_credit();
    if (bytes == 0) return true;
    if (send_credit(bytes)) {
      if (call_->item_timeout > 0) call_->progress = Clock::now();
      return true;
    }
    call_->items->undo_grant(bytes);
    transfer(Unfinished::kLeft);
    return false;
  }

  // So small a frame is sent as a whole, or not at all.
  [[nodiscard]] bool send_credit(std::int64_t bytes) const noexcept {
    try {
      const std::string frame = wire::encode_credit(call_->id, bytes);
      const std::array<std::string_view, 1> parts{frame};
      return process::send_some(channel_.control_fd(), parts, 0).count == frame.size();
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // What there is now; `has_nothing`: nothing, yet.
  std::optional<Item> look(bool& has_nothing, bool may_wait) {
    const auto is_late = [this] { return until_ && Clock::now() >= *until_; };
    const FrameSearch found = find_frame(channel_, is_late, may_wait);
    has_nothing = found == FrameSearch::kNothing;
    switch (found) {
      case FrameSearch::kFound:
        return take();
      case FrameSearch::kNothing:
        break;
      case FrameSearch::kTimeUp:
        transfer(Unfinished::kTimeUp);
        break;
      case FrameSearch::kEnded:
        transfer(Unfinished::kEnded);
        break;
      case FrameSearch::kViolation:
        transfer(Unfinished::kViolation, channel_.decoder().violation());
        break;
    }
    return std::nullopt;
  }

  // The frame just read.
  std::optional<Item> take() {
    const std::string_view payload = channel_.decoder().payload();
    const wire::HostMessage message = wire::parse_host_message(payload);
    if (const auto* item = std::get_if<wire::ItemMessage>(&message); item != nullptr && item->id == call_->id) {
      return take(*item, payload.size());
    }
    if (const auto* result = std::get_if<wire::ResultMessage>(&message); result != nullptr && result->id == call_->id) {
      return end(success_of(channel_.decoder(), result->result));
    }
    if (const auto* error = std::get_if<wire::ErrorMessage>(&message); error != nullptr && error->id == call_->id) {
      return end(Outcome::failure(parse_error(error->error)));
    }
    std::string violation = channel_.violation_of(message);
    const auto* progress = std::get_if<wire::ProgressMessage>(&message);
    if (progress != nullptr && progress->id == call_->id) {
      violation = "a progress of call " + std::to_string(call_->id) + ", which is not watched";
    }
    if (!violation.empty()) transfer(Unfinished::kViolation, std::move(violation));
    return std::nullopt;
  }

  std::optional<Item> take(const wire::ItemMessage& message, std::size_t payload) {
    Item item{std::string(message.item)};
    if (!call_->items->spend(payload)) {
      transfer(Unfinished::kViolation, "an item of stream " + std::to_string(call_->id) + " beyond its credit");
      return std::nullopt;
    }
    call_->items->pass(payload);
    if (call_->item_timeout > 0) call_->progress = Clock::now();
    return item;
  }

  std::nullopt_t end(Outcome outcome) {
    call_->complete(outcome);
    channel_.on_response();
    path_.metrics_.on_released(*call_, outcome);
    is_ours_ = false;
    path_.leases_.release(*call_);
    call_->settle(std::move(outcome));
    call_->items->turn.give_up();
    return std::nullopt;
  }

  // Waits for the host, and looks now and then whether somebody else wants the stream to end. User code may run for
  // long, and may need the reactor to have the channel: the reader is away meanwhile.
  void wait(const Interrupted& interrupted) {
    pollfd waiting{channel_.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, poll_timeout(until_, true)) > 0) return;
    if (call_->items->is_closed()) return transfer(Unfinished::kInterrupted);
    if (path_.leases_.is_recalled(*call_)) return transfer(Unfinished::kLeft);
    if (!interrupted) return;
    leave();
    const bool is_interrupted = interrupted();
    if (!call_->items->turn.begin()) return;
    is_ours_ = true;
    if (is_interrupted) transfer(Unfinished::kInterrupted);
  }

  // Whoever closes it meanwhile may have found it being read.
  void leave() {
    is_ours_ = false;
    call_->items->turn.end();
    if (call_->items->is_closed()) path_.close(call_);
  }

  void transfer(Unfinished how, std::string violation = {}) {
    is_ours_ = false;
    path_.leases_.transfer(call_, how, std::move(violation));
  }

  StreamPath& path_;
  const CallPtr& call_;
  CallChannel& channel_;
  std::optional<TimePoint> until_;
  bool is_ours_ = true;
};

// The reactor is woken, as it looks after readers that stay away.
bool StreamPath::begin(const CallPtr& call) {
  if (call->frame_size() > kMaxCall) return false;
  call->items->turn.lease();
  CallChannel* const channel = leases_.acquire_stream(call);
  if (channel == nullptr) {
    call->items->turn.give_up();
    return false;
  }
  metrics_.on_leased(*call);
  call->started = Clock::now();
  call->items->channel = channel;
  Turn(*this, call, *channel).send();
  reactor_.wake();
  return true;
}

std::optional<Item> StreamPath::next(const CallPtr& call, const Interrupted& interrupted, bool may_wait) {
  return Turn(*this, call, *call->items->channel).next(interrupted, may_wait);
}

bool StreamPath::close(const CallPtr& call) { return leases_.close_stream(call); }

}  // namespace provider_host::internal
