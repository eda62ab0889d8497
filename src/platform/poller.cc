#include "platform/poller.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace provider_host::platform {
namespace {

int timeout_ms(std::optional<Poller::Clock::time_point> until) {
  if (!until) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Poller::Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

Poller::Poller() {
  if (events_.is_there()) {
    events_.add_edge(wake_.fd(), nullptr);
  } else if (::poll(nullptr, 0, 0) < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "poll");
  }
}

void Poller::add(int fd, Callback callback) {
  Watches fresh;
  fresh.push_back({.fd = fd, .callback = std::move(callback)});
  by_fd_.insert_or_assign(fd, fresh.begin());
  try {
    register_watch(fresh.front());
  } catch (...) {
    by_fd_.erase(fd);
    throw;
  }
  watches_.splice(watches_.end(), fresh);
}

void Poller::watch_writable(int fd, bool writable) {
  Watch& watch = *by_fd_.at(fd);
  unregister(watch);
  watch.writable = writable;
  if (!watch.is_paused) register_watch(watch);
}

void Poller::resume(int fd) {
  Watch& watch = *by_fd_.at(fd);
  watch.is_paused = false;
  if (watch.state == Watch::State::kOut) register_watch(watch);
}

// Left in the set it would wake the thread for nothing whenever somebody else reads from it.
void Poller::pause(int fd) {
  Watch& watch = *by_fd_.at(fd);
  watch.is_paused = true;
  unregister(watch);
}

void Poller::remove(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  const auto watch = found->second;
  unregister(*watch);
  watch->is_removed = true;
  removed_.splice(removed_.end(), watches_, watch);
  by_fd_.erase(found);
}

void Poller::register_watch(Watch& watch) {
  if (events_.add(watch.fd, watch.writable, &watch)) {
    watch.state = Watch::State::kRegistered;
    return;
  }
  watch.state = Watch::State::kUnregistered;
  ++unregistered_;
}

void Poller::unregister(Watch& watch) {
  const auto state = std::exchange(watch.state, Watch::State::kOut);
  if (state == Watch::State::kRegistered) events_.remove(watch.fd, watch.writable);
  if (state == Watch::State::kUnregistered) --unregistered_;
}

// Whether the set has all that are to be watched. There may be memory now for those that there was none for.
bool Poller::all_are_registered() {
  if (!events_.is_there()) return false;
  if (unregistered_ == 0) return true;
  for (Watch& watch : watches_) {
    if (watch.state != Watch::State::kUnregistered) continue;
    unregister(watch);
    register_watch(watch);
    if (watch.state == Watch::State::kUnregistered) return false;
  }
  return true;
}

void Poller::wait(std::optional<Clock::time_point> until) {
  removed_.clear();
  if (!all_are_registered()) return wait_with_poll(timeout_ms(until));
  std::array<void*, 64> ready{};
  int count = 0;
  const bool at_once = spin_.until([&] {
    count = events_.wait(ready, 0);
    return count != 0 || is_woken_;
  });
  if (!at_once) {
    is_sleeping_ = true;  // a wake() that does not see this is seen here
    count = events_.wait(ready, is_woken_ ? 0 : timeout_ms(until));
    is_sleeping_ = false;
  }
  if (count < 0 && errno != EINTR) return wait_with_poll(timeout_ms(until));
  is_woken_.exchange(false);  // what was prepared before a wake() is seen behind this
  for (int i = 0; i < count; ++i) {
    if (void* const watch = ready[static_cast<std::size_t>(i)]) {
      run_callback(*static_cast<Watch*>(watch));
    } else if (!wake_.counts()) {
      wake_.clear();
    }
  }
}

void Poller::wait_with_poll(int timeout_ms) {
  std::vector<pollfd> waiting{{wake_.fd(), POLLIN, 0}};
  std::vector<Watch*> watches{nullptr};
  for (Watch& watch : watches_) {
    if (watch.is_paused) continue;
    waiting.push_back({watch.fd, static_cast<short>(watch.writable ? POLLIN | POLLOUT : POLLIN), 0});
    watches.push_back(&watch);
  }
  int count = 0;
  const auto look = [&](int patience_ms) {
    count = ::poll(waiting.data(), static_cast<nfds_t>(waiting.size()), patience_ms);
    return count != 0 || is_woken_;
  };
  if (!spin_.until([&] { return look(0); })) {
    is_sleeping_ = true;  // a wake() that does not see this is seen here
    look(is_woken_ ? 0 : timeout_ms);
    is_sleeping_ = false;
  }
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  is_woken_.exchange(false);
  if (count <= 0) return;
  if (waiting.front().revents != 0) wake_.clear();  // poll() says it again and again
  for (std::size_t i = 1; i < waiting.size(); ++i) {
    if (waiting[i].revents != 0) run_callback(*watches[i]);
  }
}

// It may have been removed or paused by a callback before it, and may remove itself.
void Poller::run_callback(Watch& watch) {
  if (watch.is_removed || watch.is_paused) return;
  watch.callback();
}

void Poller::wake() {
  if (is_woken_.exchange(true) || !is_sleeping_) return;
  if (!wake_.set()) is_woken_ = false;  // the next wake() tries again
}

}  // namespace provider_host::platform
