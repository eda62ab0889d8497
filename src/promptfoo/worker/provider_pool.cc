#include "promptfoo/worker/provider_pool.h"

#include <utility>

namespace provider_host::promptfoo {
namespace {

// The pool retries a failed import in growing pauses, up to a minute; a person who repairs a module waits less.
constexpr auto kLongestPause = std::chrono::seconds(5);

bool no_host_for_it(const Outcome& outcome) {
  if (outcome) return false;
  const ErrorKind kind = outcome.error().kind;
  return kind == ErrorKind::kImportFailed || kind == ErrorKind::kPoolUnavailable;
}

}  // namespace

ProviderPool::ProviderPool(PoolOptions options) : options_(std::move(options)) { start(); }

void ProviderPool::start() {
  pool_.reset();
  start_error_.reset();
  script_ = SourceFiles();
  script_.note(options_.script);
  {
    const MutexLock lock(mutex_);
    failing_since_.reset();
  }
  try {
    pool_ = std::make_unique<Pool>(options_);
  } catch (const ImportFailed& failed) {
    start_error_ = failed.error();
  } catch (const std::exception& error) {  // the interpreter has gone, for one
    start_error_.emplace();
    start_error_->kind = ErrorKind::kPoolUnavailable;
    start_error_->message = error.what();
  }
}

bool ProviderPool::may_be_repaired() {
  const MutexLock lock(mutex_);
  if (!failing_since_ || unsettled_ > 0) return false;
  return std::chrono::steady_clock::now() - *failing_since_ > kLongestPause || script_.have_changed();
}

void ProviderPool::note(const Outcome& outcome) {
  const MutexLock lock(mutex_);
  --unsettled_;
  if (!no_host_for_it(outcome)) {
    failing_since_.reset();
  } else if (!failing_since_) {
    failing_since_ = std::chrono::steady_clock::now();
  }
}

void ProviderPool::submit(Call call, OnSettled on_settled) {
  if (may_be_repaired()) start();
  {
    const MutexLock lock(mutex_);
    ++unsettled_;
  }
  const auto settle = [this, on_settled = std::move(on_settled)](const Outcome& outcome) {
    note(outcome);  // first: whoever has the outcome may repair the script and call again at once
    on_settled(outcome);
  };
  if (!pool_) return settle(Outcome::failure(*start_error_));
  pool_->submit(std::move(call), settle);
}

void ProviderPool::shutdown(double drain_seconds) {
  if (pool_) pool_->shutdown(drain_seconds);
}

}  // namespace provider_host::promptfoo
