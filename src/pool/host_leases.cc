#include "pool/host_leases.h"

#include <utility>

namespace provider_host::internal {

HostLeases::HostLeases(std::size_t workers, Reactor& reactor) : reactor_(reactor) {
  const MutexLock lock(mutex_);
  for (std::size_t worker = 1; worker <= workers; ++worker) {
    const auto entry = taken_.emplace(taken_.end());
    entry->worker = static_cast<int>(worker);
    entry->list = &taken_;
    entries_.push_back(entry);
  }
}

void HostLeases::move(List::iterator entry, List& to) {
  to.splice(to.begin(), *std::exchange(entry->list, &to), entry);
}

// --- any thread

CallChannel* HostLeases::acquire(CallState& call) {
  const MutexLock lock(mutex_);
  return acquire_idle(call);
}

CallChannel* HostLeases::acquire_stream(const CallPtr& call) {
  const MutexLock lock(mutex_);
  CallChannel* const channel = acquire_idle(*call);
  if (channel == nullptr) return nullptr;
  const auto entry = find(call->host);
  entry->stream = call;
  entry->turns_seen = 0;
  ++streams_;
  return channel;
}

CallChannel* HostLeases::acquire_idle(CallState& call) {
  if (is_closed_ || idle_.empty()) return nullptr;
  const auto entry = idle_.begin();
  move(entry, taken_);
  entry->owner = Owner::kCaller;
  ++leased_;
  call.host = entry->worker;
  call.pid = entry->pid;
  return entry->channel;
}

void HostLeases::release(const CallState& call) {
  {
    const MutexLock lock(mutex_);
    const auto entry = find(call.host);
    end_stream(entry);
    --leased_;
    if (--entry->calls_left > 0 && !entry->is_recalled && !is_closed_) {
      entry->owner = Owner::kNobody;
      return move(entry, idle_);
    }
    entry->owner = Owner::kReactor;
    give_back(entry);
  }
  reactor_.wake();
}

void HostLeases::transfer(const CallPtr& call, Unfinished how, std::string violation) noexcept {
  {
    const MutexLock lock(mutex_);
    const auto entry = find(call->host);
    hand_over(entry, Transfer{call, how, std::move(violation)});
    if (call->items != nullptr) call->items->turn.give_up();
  }
  reactor_.wake();
}

void HostLeases::hand_over(List::iterator entry, Transfer transfer) {
  end_stream(entry);
  entry->transferred = std::move(transfer);
  give_back(entry);
}

void HostLeases::end_stream(List::iterator entry) {
  if (std::exchange(entry->stream, nullptr) != nullptr) --streams_;
}

// It is there for the reactor in its next iteration. Once the stream is taken the reactor finds it here: from before
// that, it looks under the mutex.
bool HostLeases::take_over(List::iterator entry, Unfinished how) {
  const CallPtr stream = entry->stream;
  if (stream == nullptr) return false;
  has_returned_ = true;
  if (!stream->items->turn.take_over()) return false;
  hand_over(entry, Transfer{stream, how, {}});
  reactor_.wake();
  return true;
}

bool HostLeases::close_stream(const CallPtr& call) {
  const MutexLock lock(mutex_);
  const int host = call->host;
  return host != 0 && find(host)->stream == call && take_over(find(host), Unfinished::kInterrupted);
}

void HostLeases::take_over_streams() {
  const MutexLock lock(mutex_);
  for (auto entry = taken_.begin(); entry != taken_.end();) {
    const auto each = entry++;
    if (each->stream == nullptr) continue;
    const std::uint64_t turns = each->stream->items->turn.turns();
    if (std::exchange(each->turns_seen, turns) == turns) take_over(each, Unfinished::kLeft);
  }
}

void HostLeases::give_back(List::iterator entry) {
  move(entry, returned_);
  has_returned_.store(true, std::memory_order_release);
}

bool HostLeases::is_recalled(const CallState& call) const {
  const MutexLock lock(mutex_);
  return find(call.host)->is_recalled;
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
  const auto entry = find(worker);
  entry->owner = Owner::kNobody;
  entry->channel = &channel;
  entry->pid = pid;
  entry->calls_left = calls;
  entry->is_recalled = false;
  move(entry, idle_);
}

bool HostLeases::reclaim(List::iterator entry) {
  if (entry->owner == Owner::kNobody) {
    entry->owner = Owner::kReactor;
    move(entry, taken_);
  }
  entry->is_recalled = true;
  take_over(entry, Unfinished::kLeft);
  return entry->owner == Owner::kReactor;
}

bool HostLeases::withdraw(int worker) {
  const MutexLock lock(mutex_);
  return reclaim(find(worker));
}

HostLeases::Holder HostLeases::look_for(int worker) {
  const MutexLock lock(mutex_);
  const auto entry = find(worker);
  if (entry->owner == Owner::kNobody) return Holder::kNobody;
  return reclaim(entry) ? Holder::kReactor : Holder::kCaller;
}

bool HostLeases::revoke(int worker) {
  const MutexLock lock(mutex_);
  const auto entry = find(worker);
  if (reclaim(entry)) return true;
  if (entry->transferred) return false;
  entry->channel->cut();  // under the mutex, so that it cannot hit what comes after this lease
  return false;
}

bool HostLeases::is_leased(int worker) const {
  const MutexLock lock(mutex_);
  return find(worker)->owner == Owner::kCaller;
}

bool HostLeases::has_reactor(int worker) const {
  const MutexLock lock(mutex_);
  return find(worker)->owner == Owner::kReactor;
}

std::optional<HostLeases::Returned> HostLeases::first_returned() {
  if (!has_returned_.load(std::memory_order_acquire)) return std::nullopt;
  const MutexLock lock(mutex_);
  has_returned_ = !returned_.empty();
  if (returned_.empty()) return std::nullopt;
  const Entry& last = returned_.back();  // the one that came first
  return Returned{last.worker, last.transferred};
}

void HostLeases::accept(int worker) {
  const MutexLock lock(mutex_);
  const auto entry = find(worker);
  if (entry->transferred) --leased_;
  entry->transferred.reset();
  entry->owner = Owner::kReactor;
  move(entry, taken_);
}

std::size_t HostLeases::leased() const {
  const MutexLock lock(mutex_);
  return leased_;
}

}  // namespace provider_host::internal
