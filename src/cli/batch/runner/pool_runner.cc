#include "cli/batch/runner/pool_runner.h"

namespace provider_host::cli {
namespace {

// The window is the bound; no call is to fail for being early. Callbacks only move outcomes to the window.
PoolOptions options_of_batch(PoolOptions options) {
  options.max_queue = 0;
  options.callbacks = CallbackThread::kSettling;
  return options;
}

}  // namespace

PoolRunner::PoolRunner(PoolOptions options)
    : running_(static_cast<std::size_t>(options.workers.max) * static_cast<std::size_t>(options.concurrency)),
      pool_(options_of_batch(std::move(options))) {}

RunnerCapacity PoolRunner::capacity() const {
  return {.running = running_, .fast_calls = 2048, .bytes = std::size_t{64} << 20};
}

void PoolRunner::submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) {
  std::vector<std::uint64_t> tags;
  tags.reserve(calls.size());
  for (const TaggedCall& call : calls) tags.push_back(call.tag);
  std::vector<Pending> pending;
  try {
    pending = pool_.submit_many(std::move(calls), window_, is_stopping);
  } catch (...) {
    window_->attach({}, {});  // a signal waits for this
    throw;
  }
  window_->attach(tags, pending);
}

RunnerStats PoolRunner::stats(bool probe) {
  constexpr double kHealthLimit = 5;  // seconds; a host on a busy machine is not silent
  RunnerStats stats{probe ? pool_.check_health(kHealthLimit) : pool_.stats(), {}};
  stats.json = to_json(stats.numbers);
  return stats;
}

}  // namespace provider_host::cli
