#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::cli {

/// Which calls have no outcome yet, by tags that are used again: small numbers. Any thread may use it.
class OutstandingCalls {
 public:
  /// False: `end()` was called, and nothing was added.
  [[nodiscard]] bool add(std::span<const std::uint64_t> tags) {
    const MutexLock lock(mutex_);
    if (ended_) return false;
    for (const std::uint64_t tag : tags) {
      if (tag >= is_there_.size()) is_there_.resize(tag + 1);
      is_there_[tag] = true;
    }
    return true;
  }

  /// Keeps those of `outcomes` that are for calls that are there, which go; returns how many, at the front.
  [[nodiscard]] std::size_t remove(std::span<TaggedOutcome> outcomes) {
    const MutexLock lock(mutex_);
    std::size_t kept = 0;
    for (TaggedOutcome& outcome : outcomes) {
      if (outcome.tag >= is_there_.size() || !is_there_[outcome.tag]) continue;
      is_there_[outcome.tag] = false;
      if (&outcomes[kept] != &outcome) outcomes[kept] = std::move(outcome);
      ++kept;
    }
    return kept;
  }

  /// No more calls; returns the tags of those that are there, which go.
  [[nodiscard]] std::vector<std::uint64_t> end() {
    const MutexLock lock(mutex_);
    ended_ = true;
    std::vector<std::uint64_t> tags;
    for (std::uint64_t tag = 0; tag < is_there_.size(); ++tag) {
      if (is_there_[tag]) tags.push_back(tag);
    }
    is_there_.clear();
    return tags;
  }

 private:
  Mutex mutex_;
  std::vector<bool> is_there_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::cli
