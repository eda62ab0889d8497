#include "faults/checks/completion_tracker.h"

namespace provider_host::chaos {

std::atomic<std::uint8_t>& CompletionTracker::expect(bool callback) {
  if (count_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
  Entry& fresh = entry(count_++);
  fresh.wants_callback = callback;
  return fresh.callbacks;
}

void CompletionTracker::returned(std::uint64_t number) {
  Entry& call = entry(number);
  if (call.returns < 2) ++call.returns;
}

void CompletionTracker::refused() {
  Entry& call = entry(count_ - 1);
  call.returns = 1;
  call.wants_callback = false;
}

std::vector<std::string> CompletionTracker::violations() const {
  std::vector<std::string> faults;
  for (std::uint64_t number = 0; number < count_; ++number) {
    const Entry& call = entry(number);
    const int callbacks = call.callbacks;
    if (call.returns == 1 && callbacks == (call.wants_callback ? 1 : 0)) continue;
    faults.push_back("call " + std::to_string(number) + " returned " + std::to_string(call.returns) + " times, its " +
                     (call.wants_callback ? "" : "missing ") + "callback ran " + std::to_string(callbacks) + " times");
  }
  return faults;
}

}  // namespace provider_host::chaos
