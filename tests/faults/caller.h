#pragma once

#include <provider_host/pool.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "faults/callback_stream.h"
#include "faults/checks/completion_tracker.h"
#include "faults/checks/outcome_checker.h"
#include "faults/plan.h"
#include "faults/settings.h"

namespace provider_host::chaos {

/// What the callers of a run attack together. Outlives them.
struct CallerContext {
  Pool& script;
  Pool& hostile;
  const Settings& settings;
  std::atomic<bool> stop = false;  ///< No more calls.
  /// Calls that callbacks have submitted or made, and those of them that have settled.
  std::atomic<std::uint64_t> nested = 0;
  std::atomic<std::uint64_t> nested_settled = 0;
};

/// One thread's calls: makes the steps of its plan one after the other, keeps up to a few submitted calls open, and
/// writes down what came of them. `run` is for its thread; what is atomic is for all; the rest for when it has ended.
class Caller {
 public:
  Caller(CallerContext& context, int number, std::uint64_t calls);

  void run();

  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Seconds it has been waiting for the same call, and which one that is.
  [[nodiscard]] double stuck_for() const;
  [[nodiscard]] std::string stuck_in() const;

  [[nodiscard]] const CompletionTracker& completions() const { return completions_; }
  [[nodiscard]] const OutcomeChecker& outcomes() const { return outcomes_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Open {
    Step step;
    std::string prompt;
    Pending pending;
    std::shared_ptr<CallbackStream> stream;  // null: a call
    Clock::time_point since;
  };

  [[nodiscard]] Pool& pool_for(const Step& step) const { return step.hostile ? context_.hostile : context_.script; }
  [[nodiscard]] std::string prompt_for(const Step& step) const;
  void make(const Step& step);
  void attack(const Step& step);
  [[nodiscard]] std::function<void(const Outcome&)> callback_for(const Step& step,
                                                                 std::atomic<std::uint8_t>& callbacks);
  void call(const Step& step, const std::string& prompt, Call call);
  void submit(const Step& step, const std::string& prompt, Call call);
  void read(const Step& step, const std::string& prompt, Call call);
  void stream(const Step& step, const std::string& prompt, Call call);
  void keep_open(Open open);
  void finish_oldest();
  void settled(const Step& step, const std::string& prompt, const Outcome& outcome, Clock::time_point since);
  void threw(const Step& step, const std::string& prompt);
  void waits_for(const std::string& what);

  CallerContext& context_;
  const int number_;
  const std::uint64_t calls_;
  Plan plan_;
  CompletionTracker completions_;
  OutcomeChecker outcomes_;
  std::deque<Open> open_;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<bool> ended_ = false;

  mutable std::mutex mutex_;
  std::string waiting_for_;                         // protected by mutex_
  Clock::time_point waiting_since_ = Clock::now();  // protected by mutex_
};

}  // namespace provider_host::chaos
