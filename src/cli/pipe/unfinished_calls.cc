#include "cli/pipe/unfinished_calls.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "cli/commands/withdrawal.h"

namespace provider_host::cli {

bool UnfinishedCalls::add(std::uint64_t id) {
  const MutexLock lock(mutex_);
  return entries_.try_emplace(id).second;
}

void UnfinishedCalls::attach(std::uint64_t id, Pending pending) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry != entries_.end()) entry->second.pending = std::move(pending);
}

bool UnfinishedCalls::finish(std::uint64_t id, const std::function<void()>& respond) {
  const MutexLock lock(mutex_);
  respond();
  entries_.erase(id);
  return entries_.empty();
}

void UnfinishedCalls::cancel(std::uint64_t id) {
  std::optional<Pending> pending;
  {
    const MutexLock lock(mutex_);
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return;
    entry->second.cancelled = true;
    pending = entry->second.pending;
  }
  if (pending) pending->cancel();
}

void UnfinishedCalls::withdraw_all() {
  std::vector<Pending> pendings;
  {
    const MutexLock lock(mutex_);
    for (auto& [id, entry] : entries_) {
      entry.cancelled = true;
      if (entry.pending) pendings.push_back(*entry.pending);
    }
  }
  std::ranges::sort(pendings, std::greater(), &Pending::id);  // the newest first, so that none gets a host meanwhile
  provider_host::cli::withdraw_all(pendings);
}

bool UnfinishedCalls::is_cancelled(std::uint64_t id) const {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(id);
  return entry != entries_.end() && entry->second.cancelled;
}

bool UnfinishedCalls::empty() const {
  const MutexLock lock(mutex_);
  return entries_.empty();
}

}  // namespace provider_host::cli
