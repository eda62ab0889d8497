#include "process/poller.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace provider_host::process {
namespace {

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

int timeout_ms(std::optional<Poller::Clock::time_point> until) {
  if (!until) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Poller::Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  check(epoll_.get(), "epoll_create1");
  check(wake_.get(), "eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "epoll_ctl");
}

void Poller::add(int fd, Callback callback) {
  Watches fresh;
  fresh.push_back({.fd = fd, .callback = std::move(callback)});
  by_fd_.insert_or_assign(fd, fresh.begin());
  try {
    add_to_epoll(fresh.front());
  } catch (...) {
    by_fd_.erase(fd);
    throw;
  }
  watches_.splice(watches_.end(), fresh);
}

void Poller::watch_writable(int fd, bool writable) {
  Watch& watch = *by_fd_.at(fd);
  remove_from_epoll(watch);
  watch.writable = writable;
  if (!watch.is_paused) add_to_epoll(watch);
}

void Poller::resume(int fd) {
  Watch& watch = *by_fd_.at(fd);
  watch.is_paused = false;
  if (watch.state == Watch::State::kOut) add_to_epoll(watch);
}

// Left with epoll it would wake the thread for nothing whenever somebody else reads from it.
void Poller::pause(int fd) {
  Watch& watch = *by_fd_.at(fd);
  watch.is_paused = true;
  remove_from_epoll(watch);
}

void Poller::remove(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  const auto watch = found->second;
  remove_from_epoll(*watch);
  watch->is_removed = true;
  removed_.splice(removed_.end(), watches_, watch);
  by_fd_.erase(found);
}

void Poller::add_to_epoll(Watch& watch) {
  epoll_event event{};
  event.events = watch.writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &watch;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watch.fd, &event) == 0) {
    watch.state = Watch::State::kRegistered;
    return;
  }
  if (errno != ENOMEM && errno != ENOSPC) check(-1, "epoll_ctl");
  watch.state = Watch::State::kUnregistered;
  ++unregistered_;
}

void Poller::remove_from_epoll(Watch& watch) {
  const auto state = std::exchange(watch.state, Watch::State::kOut);
  if (state == Watch::State::kRegistered) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch.fd, nullptr);
  if (state == Watch::State::kUnregistered) --unregistered_;
}

// Whether epoll watches all that are to be watched. It may have memory now for those that it had none for.
bool Poller::all_are_registered() {
  if (unregistered_ == 0) return true;
  for (Watch& watch : watches_) {
    if (watch.state != Watch::State::kUnregistered) continue;
    remove_from_epoll(watch);
    add_to_epoll(watch);
    if (watch.state == Watch::State::kUnregistered) return false;
  }
  return true;
}

void Poller::wait(std::optional<Clock::time_point> until) {
  removed_.clear();
  if (!all_are_registered()) return wait_with_poll(timeout_ms(until));
  std::array<epoll_event, 64> events{};
  int count = 0;
  const bool at_once = spin_.until([&] {
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
    return count != 0 || is_woken_;
  });
  if (!at_once) {
    is_sleeping_ = true;  // a wake() that does not see this is seen here
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), is_woken_ ? 0 : timeout_ms(until));
    is_sleeping_ = false;
  }
  if (count < 0 && errno != EINTR) return wait_with_poll(timeout_ms(until));
  is_woken_.exchange(false);  // what was prepared before a wake() is seen behind this
  for (int i = 0; i < count; ++i) {
    if (void* const watch = events[static_cast<std::size_t>(i)].data.ptr) run_callback(*static_cast<Watch*>(watch));
  }
}

void Poller::wait_with_poll(int timeout_ms) {
  std::vector<pollfd> waiting{{wake_.get(), POLLIN, 0}};
  std::vector<Watch*> watches{nullptr};
  for (Watch& watch : watches_) {
    if (watch.is_paused) continue;
    waiting.push_back({watch.fd, static_cast<short>(watch.writable ? POLLIN | POLLOUT : POLLIN), 0});
    watches.push_back(&watch);
  }
  is_sleeping_ = true;
  const int count = ::poll(waiting.data(), waiting.size(), is_woken_ ? 0 : timeout_ms);
  is_sleeping_ = false;
  if (count < 0 && errno != EINTR) check(count, "poll");
  is_woken_.exchange(false);
  if (count <= 0) return;
  if (waiting.front().revents != 0) {  // poll() says it again and again
    std::uint64_t wakes = 0;
    [[maybe_unused]] const auto size = ::read(wake_.get(), &wakes, sizeof(wakes));
  }
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
  const std::uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof(one)) < 0) {
    if (errno == EINTR) continue;
    is_woken_ = false;  // the next wake() tries again
    return;
  }
}

}  // namespace provider_host::process
