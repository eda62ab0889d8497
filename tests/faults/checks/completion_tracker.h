#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace provider_host::chaos {

/// How often each call of one thread has settled, by returning and by its callback. `expect` and `returned` belong to
/// that thread; a callback may run on any. Two bytes a call.
class CompletionTracker {
 public:
  /// The next call, numbered from 0; the counter its callback adds to, which stays where it is as long as the
  /// completions.
  std::atomic<std::uint8_t>& expect(bool callback);
  /// The call of that number has returned its outcome to its caller.
  void returned(std::uint64_t number);
  /// The call expected last was not taken: it threw, and neither returns nor has its callback run.
  void refused();

  [[nodiscard]] std::uint64_t expected() const { return count_; }
  /// Calls that did not return exactly once, or whose callback was not run exactly once. For when all have ended.
  [[nodiscard]] std::vector<std::string> violations() const;

 private:
  static constexpr std::uint64_t kChunk = 4096;
  struct Entry {
    std::atomic<std::uint8_t> callbacks = 0;
    std::uint8_t returns : 4 = 0;
    bool wants_callback : 1 = false;
  };
  using Chunk = std::array<Entry, kChunk>;

  [[nodiscard]] Entry& entry(std::uint64_t number) const { return (*chunks_[number / kChunk])[number % kChunk]; }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::uint64_t count_ = 0;
};

}  // namespace provider_host::chaos
