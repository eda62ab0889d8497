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
  add(wake_.get(), [this] {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(wake_.get(), &count, sizeof(count));
    waking_ = false;  // what was prepared before a later wake() is seen behind this wait()
  });
}

void Poller::add(int fd, Callback callback) {
  Watch& watch = watches_[fd];
  watch.callback = std::move(callback);
  try {
    add_to_epoll(fd, watch);
  } catch (...) {
    watches_.erase(fd);
    throw;
  }
}

void Poller::watch_writable(int fd, bool writable) {
  Watch& watch = watches_.at(fd);
  remove_from_epoll(fd, watch);
  watch.writable = writable;
  add_to_epoll(fd, watch);
}

void Poller::resume(int fd) {
  Watch& watch = watches_.at(fd);
  watch.paused = false;
  add_to_epoll(fd, watch);
}

void Poller::pause(int fd) {
  Watch& watch = watches_.at(fd);
  remove_from_epoll(fd, watch);
  watch.paused = true;
}

void Poller::remove(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  remove_from_epoll(fd, found->second);
  watches_.erase(found);
}

void Poller::add_to_epoll(int fd, Watch& watch) {
  epoll_event event{};
  event.events = watch.writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return;
  if (errno != ENOMEM && errno != ENOSPC) check(-1, "epoll_ctl");
  watch.is_unregistered = true;
  ++unregistered_;
}

void Poller::remove_from_epoll(int fd, Watch& watch) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  if (std::exchange(watch.is_unregistered, false)) --unregistered_;
}

// Whether epoll watches all that are to be watched. It may have memory now for those that it had none for.
bool Poller::all_are_registered() {
  if (unregistered_ == 0) return true;
  for (auto& [fd, watch] : watches_) {
    if (!std::exchange(watch.is_unregistered, false)) continue;
    --unregistered_;
    add_to_epoll(fd, watch);
    if (watch.is_unregistered) return false;
  }
  return true;
}

void Poller::wait(std::optional<Clock::time_point> until) {
  if (!all_are_registered()) return wait_with_poll(timeout_ms(until));
  std::array<epoll_event, 64> events{};
  int count = 0;
  const bool at_once = spin_.until([&] {
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
    return count != 0;
  });
  if (!at_once) count = ::epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms(until));
  if (count < 0 && errno != EINTR) return wait_with_poll(timeout_ms(until));
  for (int i = 0; i < count; ++i) run_callback(events[static_cast<std::size_t>(i)].data.fd);
}

void Poller::wait_with_poll(int timeout_ms) {
  std::vector<pollfd> waiting;
  waiting.reserve(watches_.size());
  for (const auto& [fd, watch] : watches_) {
    if (!watch.paused) waiting.push_back({fd, static_cast<short>(watch.writable ? POLLIN | POLLOUT : POLLIN), 0});
  }
  const int count = ::poll(waiting.data(), waiting.size(), timeout_ms);
  if (count < 0 && errno != EINTR) check(count, "poll");
  if (count <= 0) return;
  for (const pollfd& each : waiting) {
    if (each.revents != 0) run_callback(each.fd);
  }
}

void Poller::run_callback(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end() || found->second.paused) return;  // removed by a callback before it
  const Callback callback = found->second.callback;             // a callback may remove itself
  callback();
}

void Poller::wake() {
  if (waking_.exchange(true)) return;
  const std::uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof(one)) < 0) {
    if (errno == EINTR) continue;
    waking_ = false;  // the next wake() tries again
    return;
  }
}

}  // namespace provider_host::process
