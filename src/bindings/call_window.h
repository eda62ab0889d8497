#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/pool.h"

namespace provider_host::bindings {

/// Calls that one consumer submits in blocks, and whose outcomes it takes in the same order. Calls that the consumer
/// has added and not submitted yet are submitted by the pool's thread once too few others are left: so a consumer that
/// waits for something before it adds the next lets no host be idle. Knows no Python. Must be owned by a shared_ptr.
class CallWindow : public OutcomeSink, public std::enable_shared_from_this<CallWindow> {
 public:
  using Interrupted = std::function<bool()>;

  /// `at_a_time`: how many calls the hosts run at a time. The pool must outlive the use of all members, but not this.
  CallWindow(Pool& pool, std::size_t at_a_time) : pool_(pool), at_a_time_(at_a_time) {}

  // --- the consumer's thread

  /// Adds a call at the end. Returns whether it is to be submitted now, as the hosts have too little to do.
  [[nodiscard]] bool add(Call call);
  /// Submits what was added. May wait for capacity, as Pool::submit_many does.
  void submit(const Interrupted& interrupted);
  /// Calls whose outcome was not taken.
  [[nodiscard]] std::size_t size() const;
  /// Waits until the first call has settled; there must be one, and all must be submitted. Before, it waits a moment
  /// for `many` calls, so that it need not be woken for each. Returns false when interrupted.
  [[nodiscard]] bool wait(std::size_t many, const Interrupted& interrupted);
  /// The outcomes of the first calls, as far as those have settled; at most `limit`.
  std::vector<Outcome> take(std::size_t limit);

  // --- any thread

  /// Cancels the calls that have not settled, and forgets those that are not submitted. None may be added any more.
  void cancel();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  struct Slot {
    std::optional<Pending> pending;  // once submitted
    bool settled = false;
    Outcome outcome;
  };

  using Submit = std::function<std::vector<Pending>(std::vector<TaggedCall>)>;

  [[nodiscard]] bool hosts_have_too_little() const REQUIRES(mutex_);
  [[nodiscard]] bool has_awaited() const REQUIRES(mutex_);
  /// When another thread submits: waits for its turn, or leaves what was added to a later submission.
  void submit_added(bool in_turn, const Submit& submit);
  [[nodiscard]] bool keep(std::span<TaggedOutcome> outcomes);

  Pool& pool_;
  const std::size_t at_a_time_;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::deque<Slot> slots_ GUARDED_BY(mutex_);         // of the calls from first_ on
  std::uint64_t first_ GUARDED_BY(mutex_) = 0;        // the first call whose outcome was not taken
  std::vector<TaggedCall> added_ GUARDED_BY(mutex_);  // and not submitted
  std::size_t unsettled_ GUARDED_BY(mutex_) = 0;      // of those that were submitted
  bool submitting_ GUARDED_BY(mutex_) = false;        // one thread at a time, for their order
  std::size_t settled_ GUARDED_BY(mutex_) = 0;        // of those in slots_
  std::size_t awaited_ GUARDED_BY(mutex_) = 0;        // how many settled calls are waited for; 0: for none
};

}  // namespace provider_host::bindings
