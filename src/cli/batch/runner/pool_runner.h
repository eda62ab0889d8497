#pragma once

#include <memory>
#include <utility>

#include "cli/batch/runner/call_runner.h"
#include "provider_host/options.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Runs calls in a pool of this machine.
class PoolRunner : public CallRunner {
 public:
  /// Starts the pool; throws what its constructor throws.
  explicit PoolRunner(PoolOptions options);

  [[nodiscard]] Api default_api() const override { return pool_.default_api(); }
  [[nodiscard]] RunnerCapacity capacity() const override;
  /// A pool is never lost: it replaces its hosts.
  void begin(std::shared_ptr<BatchWindow> window, OnLost /*on_lost*/) override { window_ = std::move(window); }
  void submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) override;
  void withdraw_waiting() override { window_->cancel_waiting(); }
  void end_at_once() override { pool_.shutdown(0); }
  void finish() override {}
  [[nodiscard]] std::uint64_t restarts() const override { return pool_.stats().restarts; }
  [[nodiscard]] RunnerStats stats(bool probe) override;

 private:
  const std::size_t running_;
  std::shared_ptr<BatchWindow> window_;
  Pool pool_;
};

}  // namespace provider_host::cli
