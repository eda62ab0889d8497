#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "platform/latch.h"
#include "pool/call/submission.h"
#include "pool/reactor/clock.h"
#include "pool/stream/stream_items.h"
#include "provider_host/outcome.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/script_report.h"

namespace provider_host::internal {

class CallBlock;
class PoolCore;

/// What a call may take, in seconds; 0 means no limit.
struct CallLimits {
  double timeout = 0;
  double item_timeout = 0;
  double deadline = 0;
  int retries = 0;        ///< How often it may be run again after it has brought its host down.
  double queue_wait = 0;  ///< How long it may wait for capacity in a full queue; 0: not at all.
};

/// One call from submission to settling. Shared by the pool, which settles it, and by those that wait for it.
class CallState {
 public:
  using OnSettled = std::function<void(const Outcome&)>;

  /// The frame is built here, from checked arguments.
  CallState(std::uint64_t id, Submission submission, const CallLimits& limits, TimePoint now, OnSettled on_settled);
  /// The same for a call of a block, which outlives it, and whose sink gets the outcome with this tag.
  CallState(std::uint64_t id, Submission submission, const CallLimits& limits, TimePoint now, CallBlock& block,
            std::uint64_t tag);

  /// A request for the script's report instead of a call.
  static std::shared_ptr<CallState> inspection(std::uint64_t id, const CallLimits& limits, TimePoint now);

  // --- constant after construction
  const std::uint64_t id;
  const TimePoint submitted;
  const double timeout;                     ///< Seconds; 0: none.
  const double item_timeout;                ///< Seconds for each item; 0: none.
  const std::optional<TimePoint> deadline;  ///< Absolute.
  const std::string function;
  const std::string affinity;  ///< See Call::affinity.
  const std::uint64_t input;   ///< See Call::input.
  const int retries;
  const double queue_wait;           ///< Seconds; see CallLimits.
  std::weak_ptr<PoolCore> own_pool;  ///< Unless it is of a block. Set once, before the call is shared.
  CallBlock* const block;            ///< May be null.
  const wire::CallMode mode;
  const std::unique_ptr<StreamItems> items;  ///< Those of a stream (CallMode::kStream); else null.

  /// Empty when that has ended.
  [[nodiscard]] std::shared_ptr<PoolCore> pool() const;

  /// The frame in its parts; valid as long as this, and as long as a borrowed prompt.
  [[nodiscard]] std::array<std::string_view, 4> frame() const { return {prefix_, prompt_, args_, suffix_}; }
  [[nodiscard]] std::size_t frame_size() const {
    return prefix_.size() + prompt_.size() + args_.size() + suffix_.size();
  }
  /// Copies a borrowed prompt; due before the call may outlive that. May be called again.
  void keep_prompt();

  /// Milliseconds that the call has taken: since a host got it, or since submission while none has.
  [[nodiscard]] double elapsed_ms() const;

  /// Call::input, else what stands for the function and its arguments.
  [[nodiscard]] std::uint64_t input_hash() const;

  /// When a host that gets the call at `now` has to be done: the earlier of timeout and deadline.
  [[nodiscard]] std::optional<TimePoint> run_until(TimePoint now) const;
  /// When the item is due that its host works at; nothing when there is no limit, or when it waits for the reader.
  [[nodiscard]] std::optional<TimePoint> item_until() const;
  /// The earlier of both, for a call that a host has.
  [[nodiscard]] std::optional<TimePoint> next_limit() const;
  /// Whether it may be run again: not once an item has come.
  [[nodiscard]] bool may_run_again() const { return items == nullptr || !items->has_received(); }

  // --- written by the owner of the call: the reactor thread, or the caller that leases a host for it
  std::atomic<int> host = 0;  ///< That has it; 0: none.
  int pid = 0;
  TimePoint started{};         ///< When a host got it.
  TimePoint progress{};        ///< When its last item came, or there was room for the next one.
  std::uint64_t sequence = 0;  ///< Its number among all calls sent to its host, from 1.
  /// Adds what this knows of the call, and makes the copy for the sink. When it throws std::bad_alloc, nothing has
  /// changed.
  void complete(Outcome& outcome);

  // --- guarded by the mutex of AdmissionQueue
  bool queued = false;  ///< In the queue and still to be run; maintained by CallQueue.

  // --- guarded by the mutex of Cancellations
  /// What was requested for a call that is not settled; kWithdraw: cancel it, unless a host has it.
  enum class CancelRequest : std::uint8_t { kNone, kWithdraw, kCancel };
  CancelRequest cancel_request = CancelRequest::kNone;
  std::shared_ptr<CallState> next_cancel_request;  ///< The next call with a request.

  // --- guarded by the mutex of CreditRequests
  bool is_credit_requested = false;
  std::shared_ptr<CallState> next_credit_request;  ///< The next stream with a request.

  // --- belongs to the reactor thread
  std::unique_ptr<ScriptReport> report;  ///< Of an inspection: what the pool knows of the host that responded.
  int redeliveries = 0;                  ///< Times it was put back because its host had died before reading it.
  int collateral_retries = 0;            ///< Times it was put back because another call had crashed its host.
  int crashes = 0;                       ///< Hosts that its code has crashed.
  std::uint64_t taken_before = 0;        ///< Items that its reader had taken when Shutdown looked at it last.
  int looks_in_vain = 0;                 ///< How often in a row it was the same as before.

  // --- belongs to the executor of callbacks
  std::shared_ptr<CallState> next;  ///< In its line.
  /// That gets the outcome of the call and has not got it yet, if any.
  [[nodiscard]] std::shared_ptr<OutcomeSink> sink() const;
  [[nodiscard]] bool has_sink(const OutcomeSink& sink) const;
  /// What the sink of a settled call gets. Once, if there is one; then the call does not keep that any more.
  TaggedOutcome take_for_sink() noexcept;
  /// Runs the callback of a settled call and destroys it. Once, unless there is none; may throw.
  void run_callback();
  /// Of a stream with callbacks: hands over its next item, or the outcome behind the last one, and then destroys both
  /// callbacks; may throw.
  void deliver_next();
  /// Whether there is more, known now. If not, the stream is to be scheduled anew.
  [[nodiscard]] bool has_more_to_deliver();
  /// Something is to be delivered; whether whoever delivers is to be told.
  [[nodiscard]] bool schedule() { return has_callback_ && (items == nullptr || items->schedule()); }

  // --- any thread
  /// Settles the call with an outcome that is complete. Only the first time counts; returns whether this was it. The
  /// callback or the sink, if any, is to be told then.
  bool settle(Outcome outcome);
  [[nodiscard]] bool has_callback() const { return has_callback_; }
  [[nodiscard]] bool settled() const { return settled_.is_open(); }
  /// Waits until it has settled, at most that many seconds; whether it has.
  [[nodiscard]] bool wait_for(double limit) const;
  const Outcome& wait() const;
  /// The same, but moves the outcome, as a copy needs memory. For the only one that waits.
  Outcome take();

 private:
  CallState(std::uint64_t id, Submission submission, const CallLimits& limits, TimePoint now, OnSettled on_settled,
            CallBlock* block, std::uint64_t tag);
  void build_frame(Api api);

  // The frame, in own_* or in the text of the block.
  std::string_view prefix_;
  std::string_view prompt_;  // see Submission::prompt
  std::string_view args_;
  std::string_view suffix_;
  std::string own_prefix_;
  std::string own_prompt_;
  std::string own_args_;

  std::atomic<bool> has_outcome_ = false;  // or is about to
  platform::Latch settled_;
  Outcome outcome_;          // constant once settled_
  OnSettled on_settled_;     // run_callback()'s once settled_
  TaggedOutcome for_sink_;   // take_for_sink()'s once settled_
  const bool has_callback_;  // or a sink
};

/// The name of an API in messages.
std::string_view api_name(Api api);

using CallPtr = std::shared_ptr<CallState>;

}  // namespace provider_host::internal
