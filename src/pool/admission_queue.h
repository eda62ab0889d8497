#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "pool/call/call_queue.h"
#include "pool/call/call_state.h"
#include "pool/interrupt.h"
#include "pool/metrics.h"
#include "pool/reactor/clock.h"
#include "process/process_mark.h"
#include "provider_host/error.h"

namespace provider_host::internal {

/// The bounded queue of calls that wait for a host, with admission, backpressure and deadlines. Knows neither hosts nor
/// threads.
///
///   push() ──▶ (waits for capacity) ──▶ CallQueue ──▶ next()
class AdmissionQueue {
 public:
  /// How a call waits for capacity in a full queue.
  struct CapacityWait {
    enum class How : std::uint8_t {
      kNone,      ///< It is refused.
      kBlocking,  ///< Its caller waits, until it is interrupted.
      kInQueue,   ///< The call itself waits at the end of the queue, beyond its capacity.
    };
    How how = How::kNone;
    double seconds = 0;
    const Interrupted* interrupted = nullptr;  ///< Polled several times a second; may be null.
  };

  /// Why a call has not been taken.
  struct Refusal {
    Error error;
    std::exception_ptr thrown{};  ///< What `interrupted` has thrown; rethrown once the call is settled.
  };

  /// No host can be started; calls are refused until `retry_at`.
  struct Unavailable {
    Error last_error;
    TimePoint retry_at;
    bool has_started = true;  ///< Whether a host has ever become ready.
  };

  /// A call whose time in the queue is over.
  struct Expired {
    CallPtr call;
    bool by_deadline = false;  ///< Else no capacity became free in time.
  };

  /// `capacity` in calls; 0: no limit. `metrics` outlives this. `now` is the clock that retry_at is of; any thread.
  AdmissionQueue(std::size_t capacity, Metrics& metrics, Now now = Clock::now)
      : capacity_(capacity), metrics_(metrics), now_(std::move(now)) {}

  // --- any thread
  /// Queues the call and counts it as submitted, or returns why not. When it throws std::bad_alloc, nothing has
  /// changed.
  std::optional<Refusal> push(const CallPtr& call, const CapacityWait& wait);
  /// Queues the first of the calls, in their order, for as long as there is capacity for them now; passes over those
  /// that have settled. Returns how many calls that are: the next one, if any, is for push(). When it throws
  /// std::bad_alloc, nothing has changed.
  std::size_t push_many(std::span<const CallPtr> calls);
  /// Refuses calls from now on.
  void close();
  [[nodiscard]] bool is_closed() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  struct Totals {
    std::uint64_t admitted = 0;  ///< Calls that push() has taken so far.
    std::size_t waiting = 0;     ///< Those that wait now.
  };
  [[nodiscard]] Totals totals() const;

  // --- the reactor thread
  void set_unavailable(std::optional<Unavailable> unavailable);
  /// Puts the call back to the front, to run again as if no host had ever had it. When it throws, nothing has changed.
  void push_front(const CallPtr& call);
  /// See CallQueue::next().
  std::optional<CallQueue::Assignment> next(std::span<const CallQueue::Slot> slots, int idle_cost = 0);
  /// See CallQueue::waiting_since() and CallQueue::startable().
  [[nodiscard]] std::optional<TimePoint> waiting_since() const;
  [[nodiscard]] std::size_t startable(std::span<const int> pids, std::size_t limit) const;
  /// See CallQueue::ended().
  void on_ended(const CallState& call);
  /// The call no longer waits. Returns whether it did.
  bool remove(const CallPtr& call);
  /// The first call whose time is over, if any; it stays until remove().
  [[nodiscard]] std::optional<Expired> expired(TimePoint now) const;
  [[nodiscard]] std::optional<TimePoint> next_expiry() const;
  /// Those that wait, the oldest first.
  [[nodiscard]] std::vector<CallPtr> calls() const;

 private:
  using Expiry = std::pair<TimePoint, std::uint64_t>;  // of a call's id

  [[nodiscard]] std::optional<Error> refusal() const REQUIRES(mutex_);
  [[nodiscard]] bool is_refusing() const REQUIRES(mutex_);
  [[nodiscard]] bool is_full() const REQUIRES(mutex_) { return capacity_ > 0 && queue_.size() >= capacity_; }
  // `lock` holds the mutex; the analysis cannot follow it through the parameter.
  std::optional<Refusal> wait_for_capacity(MutexLock& lock, const CallState& call,
                                           const CapacityWait& wait) NO_THREAD_SAFETY_ANALYSIS;
  void insert(const CallPtr& call, bool in_front) REQUIRES(mutex_);
  void link(const CallPtr& call, bool in_front) REQUIRES(mutex_);
  void unlink(const CallPtr& call) REQUIRES(mutex_);
  void push_beyond_capacity(const CallPtr& call, double seconds) REQUIRES(mutex_);
  void forget_expiry(const CallState& call) REQUIRES(mutex_);
  void on_left(const CallState& call) REQUIRES(mutex_);

  const process::ProcessMark process_;
  const std::size_t capacity_;
  Metrics& metrics_;
  const Now now_;

  mutable Mutex mutex_;
  CallQueue queue_ GUARDED_BY(mutex_);
  std::map<Expiry, CallPtr> deadlines_ GUARDED_BY(mutex_);
  std::map<Expiry, CallPtr> capacity_limits_ GUARDED_BY(mutex_);           // of the calls beyond the capacity
  std::map<std::uint64_t, TimePoint> beyond_capacity_ GUARDED_BY(mutex_);  // those calls: id → limit
  std::optional<Unavailable> unavailable_ GUARDED_BY(mutex_);
  bool is_closed_ GUARDED_BY(mutex_) = false;
  std::uint64_t admitted_ GUARDED_BY(mutex_) = 0;
  int waiting_callers_ GUARDED_BY(mutex_) = 0;
  CondVar capacity_freed_;
};

}  // namespace provider_host::internal
