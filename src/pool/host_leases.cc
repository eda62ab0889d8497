#include "pool/host_leases.h"

#include <algorithm>
#include <utility>

namespace provider_host::internal {

// --- any thread

CallChannel* HostLeases::acquire(CallState& call) {
  const MutexLock lock(mutex_);
  if (is_closed_) return nullptr;
  const auto idle = std::ranges::find(entries_, Owner::kNobody, &Entry::owner);
  if (idle == entries_.end()) return nullptr;
  idle->owner = Owner::kCaller;
  call.host = static_cast<int>(idle - entries_.begin()) + 1;
  call.pid = idle->pid;
  return idle->channel;
}

void HostLeases::release(const CallState& call) {
  {
    const MutexLock lock(mutex_);
    Entry& entry = this->entry(call.host);
    if (--entry.calls_left > 0 && !entry.is_recalled && !is_closed_) {
      entry.owner = Owner::kNobody;
      return;
    }
    entry.owner = Owner::kReactor;
  }
  reactor_.wake();
}

void HostLeases::transfer(const CallPtr& call, Unfinished how, std::string violation) noexcept {
  {
    const MutexLock lock(mutex_);
    entry(call->host).transferred = Transfer{call, how, std::move(violation)};
  }
  reactor_.wake();
}

void HostLeases::close() {
  const MutexLock lock(mutex_);
  is_closed_ = true;
}

bool HostLeases::is_closed() const {
  const MutexLock lock(mutex_);
  return is_closed_;
}

// --- the reactor thread

void HostLeases::publish(int worker, int pid, CallChannel& channel, std::uint64_t calls) {
  const MutexLock lock(mutex_);
  if (is_closed_) return;
  Entry& entry = this->entry(worker);
  entry.owner = Owner::kNobody;
  entry.channel = &channel;
  entry.pid = pid;
  entry.calls_left = calls;
  entry.is_recalled = false;
}

bool HostLeases::reclaim(Entry& entry) {
  if (entry.owner == Owner::kNobody) entry.owner = Owner::kReactor;
  entry.is_recalled = true;
  return entry.owner == Owner::kReactor;
}

bool HostLeases::withdraw(int worker) {
  const MutexLock lock(mutex_);
  return reclaim(entry(worker));
}

bool HostLeases::revoke(int worker) {
  const MutexLock lock(mutex_);
  Entry& entry = this->entry(worker);
  if (reclaim(entry)) return true;
  entry.channel->cut();  // under the mutex, so that it cannot hit what comes after this lease
  return false;
}

bool HostLeases::has_reactor(int worker) const {
  const MutexLock lock(mutex_);
  return entry(worker).owner == Owner::kReactor;
}

std::optional<HostLeases::Transfer> HostLeases::transferred(int worker) const {
  const MutexLock lock(mutex_);
  return entry(worker).transferred;
}

void HostLeases::accept(int worker) {
  const MutexLock lock(mutex_);
  Entry& entry = this->entry(worker);
  entry.transferred.reset();
  entry.owner = Owner::kReactor;
}

std::size_t HostLeases::leased() const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count(entries_, Owner::kCaller, &Entry::owner));
}

}  // namespace provider_host::internal
