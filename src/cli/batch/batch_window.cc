#include "cli/batch/batch_window.h"

#include <utility>

namespace provider_host::cli {

bool BatchWindow::has_space() const {
  return slots_.empty() || (slots_.size() < limits_.calls && bytes_ < limits_.bytes);
}

bool BatchWindow::is_next_settled() const {
  return limits_.ordered ? !slots_.empty() && slots_.begin()->second.settled : !settled_.empty();
}

bool BatchWindow::wait_for_space() {
  MutexLock lock(mutex_);
  while (!closed_ && !has_space()) space_.wait(lock);
  return !closed_;
}

void BatchWindow::add(BatchItem item, std::size_t bytes) {
  const MutexLock lock(mutex_);
  const std::uint64_t index = item.index;
  bytes_ += bytes;
  slots_[index] = Slot{std::move(item), std::nullopt, {}, bytes, false};
}

void BatchWindow::attach(std::uint64_t index, Pending pending) {
  const MutexLock lock(mutex_);
  const auto slot = slots_.find(index);
  if (slot != slots_.end() && !slot->second.settled) slot->second.pending = std::move(pending);
}

void BatchWindow::settle(std::uint64_t index, Outcome outcome) {
  const MutexLock lock(mutex_);
  Slot& slot = slots_.at(index);
  const std::size_t bytes =
      (outcome.ok() ? outcome.json().size() : 0) + outcome.stdout_text.size() + outcome.stderr_text.size();
  slot.bytes += bytes;
  bytes_ += bytes;
  slot.outcome = std::move(outcome);
  slot.pending.reset();
  slot.settled = true;
  if (!limits_.ordered) settled_.push_back(index);
  ready_.notify_one();
}

void BatchWindow::finish() {
  const MutexLock lock(mutex_);
  finished_ = true;
  ready_.notify_all();
}

void BatchWindow::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  space_.notify_all();
}

SettledItem BatchWindow::remove(std::map<std::uint64_t, Slot>::iterator slot) {
  bytes_ -= slot->second.bytes;
  SettledItem taken{std::move(slot->second.item), std::move(slot->second.outcome)};
  slots_.erase(slot);
  return taken;
}

std::vector<SettledItem> BatchWindow::take() {
  MutexLock lock(mutex_);
  while (!is_next_settled() && !(finished_ && slots_.empty())) ready_.wait(lock);
  std::vector<SettledItem> taken;
  while (is_next_settled()) {
    if (limits_.ordered) {
      taken.push_back(remove(slots_.begin()));
    } else {
      taken.push_back(remove(slots_.find(settled_.front())));
      settled_.pop_front();
    }
  }
  space_.notify_all();
  return taken;
}

void BatchWindow::cancel_beyond(std::size_t running) {
  std::vector<Pending> queued;
  {
    const MutexLock lock(mutex_);
    std::size_t unsettled = 0;
    for (const auto& entry : slots_) {
      const Slot& slot = entry.second;
      if (!slot.settled && ++unsettled > running && slot.pending) queued.push_back(*slot.pending);
    }
  }
  for (auto pending = queued.rbegin(); pending != queued.rend(); ++pending) pending->withdraw();
}

}  // namespace provider_host::cli
