#include "platform/event_set.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace provider_host::platform {
namespace {

constexpr std::size_t kMostEvents = 64;

int add_to(const Fd& queue, int fd, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  return ::epoll_ctl(queue.get(), EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

EventSet::EventSet() : queue_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!queue_ && (errno == EMFILE || errno == ENFILE)) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
}

bool EventSet::add(int fd, bool writable, void* data) {
  if (!is_there()) return false;
  if (add_to(queue_, fd, writable ? EPOLLIN | EPOLLOUT : EPOLLIN, data) == 0) return true;
  if (errno == ENOMEM || errno == ENOSPC) return false;
  throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void EventSet::add_edge(int fd, void* data) {
  if (add_to(queue_, fd, EPOLLIN | EPOLLET, data) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void EventSet::remove(int fd, bool /*writable*/) { ::epoll_ctl(queue_.get(), EPOLL_CTL_DEL, fd, nullptr); }

int EventSet::wait(std::span<void*> ready, int timeout_ms) {
  std::array<epoll_event, kMostEvents> events;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
  const int most = static_cast<int>(std::min(events.size(), ready.size()));
  const int count = ::epoll_wait(queue_.get(), events.data(), most, timeout_ms);
  for (int i = 0; i < count; ++i) ready[static_cast<std::size_t>(i)] = events[static_cast<std::size_t>(i)].data.ptr;
  return count;
}

}  // namespace provider_host::platform
