#include "platform/event_set.h"

#if __has_include(<sys/event.h>)
#include <fcntl.h>
#include <sys/event.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace provider_host::platform {
namespace {

constexpr std::size_t kMostEvents = 64;

bool change(const Fd& queue, int fd, std::int16_t filter, std::uint16_t flags, void* data = nullptr) {
  struct kevent event {};
  EV_SET(&event, static_cast<std::uintptr_t>(fd), filter, flags, 0, 0, data);
  return ::kevent(queue.get(), &event, 1, nullptr, 0, nullptr) == 0;
}

}  // namespace

EventSet::EventSet() : queue_(::kqueue()) {
  if (queue_) {
    ::fcntl(queue_.get(), F_SETFD, FD_CLOEXEC);
  } else if (errno == EMFILE || errno == ENFILE) {
    throw std::system_error(errno, std::generic_category(), "kqueue");
  }
}

bool EventSet::add(int fd, bool writable, void* data) {
  if (!is_there()) return false;
  if (change(queue_, fd, EVFILT_READ, EV_ADD, data)) {
    if (!writable || change(queue_, fd, EVFILT_WRITE, EV_ADD, data)) return true;
    const int error = errno;
    remove(fd, false);
    errno = error;
  }
  if (errno == ENOMEM) return false;
  throw std::system_error(errno, std::generic_category(), "kevent");
}

void EventSet::add_edge(int fd, void* data) {
  if (!change(queue_, fd, EVFILT_READ, EV_ADD | EV_CLEAR, data)) {
    throw std::system_error(errno, std::generic_category(), "kevent");
  }
}

void EventSet::remove(int fd, bool writable) {
  change(queue_, fd, EVFILT_READ, EV_DELETE);
  if (writable) change(queue_, fd, EVFILT_WRITE, EV_DELETE);
}

int EventSet::wait(std::span<void*> ready, int timeout_ms) {
  std::array<struct kevent, kMostEvents>
      events;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
  const int most = static_cast<int>(std::min(events.size(), ready.size()));
  const timespec limit{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  const int count = ::kevent(queue_.get(), nullptr, 0, events.data(), most, timeout_ms < 0 ? nullptr : &limit);
  for (int i = 0; i < count; ++i) ready[static_cast<std::size_t>(i)] = events[static_cast<std::size_t>(i)].udata;
  return count;
}

}  // namespace provider_host::platform

#else  // poll(2) for everything

namespace provider_host::platform {

EventSet::EventSet() = default;
bool EventSet::add(int /*fd*/, bool /*writable*/, void* /*data*/) { return false; }
void EventSet::add_edge(int /*fd*/, void* /*data*/) {}
void EventSet::remove(int /*fd*/, bool /*writable*/) {}
int EventSet::wait(std::span<void*> /*ready*/, int /*timeout_ms*/) { return -1; }

}  // namespace provider_host::platform

#endif
