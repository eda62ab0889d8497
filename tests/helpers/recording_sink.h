#pragma once

#include <provider_host/outcome_sink.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace provider_host {

/// Keeps the outcomes it gets; can be waited for.
class RecordingSink : public OutcomeSink {
 public:
  /// `then` runs at each delivery, before its outcomes are kept.
  explicit RecordingSink(std::function<void(std::size_t count)> then = nullptr) : then_(std::move(then)) {}

  void on_settled(std::span<TaggedOutcome> outcomes) override {
    try {
      if (then_) then_(outcomes.size());
    } catch (...) {
      keep(outcomes);
      throw;
    }
    keep(outcomes);
  }

  /// Waits until there are as many, and returns all that there are, in order.
  std::vector<TaggedOutcome> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_.size() >= count; });
    return outcomes_;
  }
  std::vector<std::uint64_t> tags() {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> tags;
    for (const TaggedOutcome& outcome : outcomes_) tags.push_back(outcome.tag);
    return tags;
  }
  /// How many outcomes each delivery had.
  std::vector<std::size_t> runs() {
    const std::lock_guard lock(mutex_);
    return runs_;
  }

 private:
  void keep(std::span<TaggedOutcome> outcomes) {
    const std::lock_guard lock(mutex_);
    for (TaggedOutcome& outcome : outcomes) outcomes_.push_back(std::move(outcome));
    runs_.push_back(outcomes.size());
    changed_.notify_all();
  }

  const std::function<void(std::size_t count)> then_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<TaggedOutcome> outcomes_;
  std::vector<std::size_t> runs_;
};

}  // namespace provider_host
