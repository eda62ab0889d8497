#include "cli/batch/batch_window.h"

#include <algorithm>
#include <utility>

#include "cli/commands/withdrawal.h"

namespace provider_host::cli {

bool BatchWindow::has_space(std::size_t calls) const {
  return count_ == 0 || (count_ + calls <= ahead_.calls() && bytes_ < limits_.bytes);
}

bool BatchWindow::has_space_for_bytes() {
  const MutexLock lock(mutex_);
  return bytes_ < limits_.bytes;
}

std::size_t BatchWindow::quarter() const { return std::max(std::size_t{1}, ahead_.calls() / 4); }

std::size_t BatchWindow::wait_for_space() {
  MutexLock lock(mutex_);
  if (!closed_ && !has_space(1)) {
    const auto until = ReadAhead::Clock::now() + kGathering;
    space_wanted_ = quarter();
    while (!closed_ && !has_space(space_wanted_)) {
      if (space_wanted_ == 1) {
        space_.wait(lock);
      } else if (!space_.wait_until(lock, until)) {
        space_wanted_ = 1;
      }
    }
    space_wanted_ = 0;
  }
  if (closed_) return 0;
  return ahead_.calls() > count_ ? ahead_.calls() - count_ : 1;
}

BatchWindow::Slot& BatchWindow::free_slot() {
  if (free_.empty()) {
    Slot& added = slots_.emplace_back();
    added.tag = slots_.size() - 1;
    return added;
  }
  Slot& slot = *free_.back();
  free_.pop_back();
  return slot;
}

bool BatchWindow::add(std::span<NewItem> items) {
  const MutexLock lock(mutex_);
  if (closed_) return false;
  for (auto& [item, bytes, tag] : items) {
    Slot& slot = free_slot();
    tag = slot.tag;
    slot.is_settled = slot.is_attached = false;
    slot.settled.item = std::move(item);
    slot.bytes = bytes;
    bytes_ += bytes;
    if (limits_.ordered) due_.push_back(&slot);
  }
  count_ += items.size();
  is_submitting_ = true;
  return true;
}

void BatchWindow::attach(std::span<const std::uint64_t> tags, std::span<Pending> pending) {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < tags.size(); ++i) {
    Slot& slot = slots_[tags[i]];
    if (slot.is_settled) continue;
    slot.pending = std::move(pending[i]);
    slot.is_attached = true;
  }
  is_submitting_ = false;
  attached_.notify_all();
}

void BatchWindow::settle(TaggedOutcome& tagged) {
  Slot& slot = slots_[tagged.tag];
  Outcome& outcome = slot.settled.outcome;
  outcome = std::move(tagged.outcome);
  const std::size_t bytes =
      (outcome.ok() ? outcome.json().size() : 0) + outcome.stdout_text.size() + outcome.stderr_text.size();
  slot.bytes += bytes;
  bytes_ += bytes;
  slot.is_settled = true;
  if (!limits_.ordered) due_.push_back(&slot);
}

void BatchWindow::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  for (TaggedOutcome& outcome : outcomes) settle(outcome);
  while (ready_count_ < due_.size() && due_[ready_count_]->is_settled) ++ready_count_;
  if (ready_wanted_ > 0 && ready_count_ >= ready_wanted_) ready_.notify_one();
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

void BatchWindow::wait_for_ready(MutexLock& lock) {
  const auto until = last_take_ + kGathering;
  ready_wanted_ = quarter();
  while (ready_count_ < ready_wanted_ && !(finished_ && count_ == ready_count_)) {
    if (ready_wanted_ == 1) {
      ready_.wait(lock);
    } else if (!ready_.wait_until(lock, until)) {
      ready_wanted_ = 1;
    }
  }
  ready_wanted_ = 0;
  last_take_ = ReadAhead::Clock::now();
}

// Without the lock, as results take their time to go: others do not touch what is settled, which they stay until
// their slots are used again.
void BatchWindow::clear_taken() {
  for (Slot* slot : taken_slots_) {
    slot->settled.outcome = Outcome();
    slot->pending = Pending();
    slot->bytes = 0;
  }
  taken_.clear();
}

std::span<SettledItem* const> BatchWindow::take() {
  clear_taken();
  MutexLock lock(mutex_);
  free_.insert(free_.end(), taken_slots_.begin(), taken_slots_.end());
  taken_slots_.clear();
  wait_for_ready(lock);
  taken_slots_.assign(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(ready_count_));
  due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(ready_count_));
  ready_count_ = 0;
  count_ -= taken_slots_.size();
  for (Slot* slot : taken_slots_) bytes_ -= slot->bytes;
  ahead_.on_done(taken_slots_.size(), last_take_);
  if (space_wanted_ > 0 && has_space(space_wanted_)) space_.notify_one();
  lock.unlock();
  for (Slot* slot : taken_slots_) taken_.push_back(&slot->settled);
  return taken_;
}

void BatchWindow::cancel_waiting() {
  std::vector<std::pair<std::uint64_t, Pending>> unsettled;
  {
    const auto until = ReadAhead::Clock::now() + kAttaching;
    MutexLock lock(mutex_);
    while (is_submitting_ && attached_.wait_until(lock, until)) {
    }
    for (const Slot& slot : slots_) {
      if (slot.is_attached && !slot.is_settled) unsettled.emplace_back(slot.settled.item.index, slot.pending);
    }
  }
  std::ranges::sort(unsettled, std::greater(), [](const auto& each) { return each.first; });
  std::vector<Pending> calls;
  for (auto& [index, pending] : unsettled) calls.push_back(std::move(pending));
  withdraw_all(calls);
}

}  // namespace provider_host::cli
