#include "process/poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

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
  resume(fd);
  callbacks_[fd] = std::move(callback);
}

void Poller::watch_writable(int fd, bool writable) {
  epoll_event event{};
  event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void Poller::resume(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Poller::pause(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Poller::remove(int fd) {
  if (callbacks_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::wait(std::optional<Clock::time_point> until) {
  std::array<epoll_event, 64> events{};
  int count = 0;
  const bool at_once = spin_.until([&] {
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
    return count != 0;
  });
  if (!at_once) count = ::epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms(until));
  if (count < 0 && errno != EINTR) check(count, "epoll_wait");
  for (int i = 0; i < count; ++i) {
    const auto found = callbacks_.find(events[static_cast<std::size_t>(i)].data.fd);
    if (found == callbacks_.end()) continue;  // removed by a callback before it
    const Callback callback = found->second;  // a callback may remove itself
    callback();
  }
}

void Poller::wake() {
  if (waking_.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(wake_.get(), &one, sizeof(one));
}

}  // namespace provider_host::process
