#include "bindings/call_window.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace provider_host::bindings {
namespace {

constexpr std::chrono::milliseconds kInterruptInterval{50};
constexpr std::chrono::microseconds kMoment{200};

}  // namespace

bool CallWindow::add(Call call) {
  const MutexLock lock(mutex_);
  slots_.emplace_back();
  added_.push_back({std::move(call), first_ + slots_.size() - 1});
  return hosts_have_too_little();
}

bool CallWindow::hosts_have_too_little() const { return !added_.empty() && unsettled_ < at_a_time_; }

void CallWindow::submit(const Interrupted& interrupted) {
  submit_added(true, [&](std::vector<TaggedCall> calls) {
    return pool_.submit_many(std::move(calls), shared_from_this(), interrupted);
  });
}

void CallWindow::submit_added(bool in_turn, const Submit& submit) {
  MutexLock lock(mutex_);
  while (in_turn && submitting_) changed_.wait(lock);
  if (submitting_ || added_.empty()) return;
  auto calls = std::exchange(added_, {});
  const std::uint64_t first = calls.front().tag;
  unsettled_ += calls.size();
  submitting_ = true;
  lock.unlock();
  std::vector<Pending> pending;
  try {
    pending = submit(std::move(calls));
  } catch (...) {
    lock.lock();
    submitting_ = false;
    changed_.notify_all();
    throw;
  }
  lock.lock();
  submitting_ = false;
  changed_.notify_all();
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (first + i >= first_) slots_[first + i - first_].pending = std::move(pending[i]);  // else it was taken meanwhile
  }
}

std::size_t CallWindow::size() const {
  const MutexLock lock(mutex_);
  return slots_.size();
}

// Of one call the first must have settled; more may be any.
bool CallWindow::has_awaited() const {
  return awaited_ > 1 ? settled_ >= awaited_ || unsettled_ == 0 : slots_.front().settled;
}

bool CallWindow::wait(std::size_t many, const Interrupted& interrupted) {
  MutexLock lock(mutex_);
  bool is_interrupted = false;
  awaited_ = many;
  const auto until = std::chrono::steady_clock::now() + kMoment;
  while (!has_awaited() && changed_.wait_until(lock, until)) continue;
  awaited_ = 1;
  while (!has_awaited() && !is_interrupted) {
    if (!interrupted) {
      changed_.wait(lock);
    } else if (!changed_.wait_until(lock, std::chrono::steady_clock::now() + kInterruptInterval)) {
      lock.unlock();
      is_interrupted = interrupted();
      lock.lock();
    }
  }
  awaited_ = 0;
  return !is_interrupted;
}

std::vector<Outcome> CallWindow::take(std::size_t limit) {
  std::vector<Outcome> outcomes;
  const MutexLock lock(mutex_);
  outcomes.reserve(std::min(limit, slots_.size()));
  while (outcomes.size() < limit && !slots_.empty() && slots_.front().settled) {
    outcomes.push_back(std::move(slots_.front().outcome));
    slots_.pop_front();
    ++first_;
    --settled_;
  }
  return outcomes;
}

void CallWindow::cancel() {
  std::vector<Pending> pending;
  {
    MutexLock lock(mutex_);
    added_.clear();
    while (submitting_) changed_.wait(lock);
    for (Slot& slot : slots_) {
      if (slot.pending && !slot.settled) pending.push_back(std::move(*slot.pending));
    }
    first_ += slots_.size();
    slots_.clear();
    settled_ = 0;
  }
  for (const Pending& call : pending) call.cancel();
}

void CallWindow::on_settled(std::span<TaggedOutcome> outcomes) {
  if (!keep(outcomes)) return;
  submit_added(false, [this](std::vector<TaggedCall> calls) {
    return pool_.submit_many_nonblocking(std::move(calls), shared_from_this());
  });
}

// Returns whether what was added is to be submitted.
bool CallWindow::keep(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  unsettled_ -= outcomes.size();
  for (auto& [tag, outcome] : outcomes) {
    if (tag < first_) continue;  // cancelled
    Slot& slot = slots_[tag - first_];
    slot.outcome = std::move(outcome);
    slot.settled = true;
    ++settled_;
  }
  if (awaited_ > 0 && !slots_.empty() && has_awaited()) changed_.notify_all();
  return hosts_have_too_little();
}

}  // namespace provider_host::bindings
