#include "server/calls/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace provider_host::server {
namespace {

int new_event() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

Inbox::Inbox(boost::asio::io_context& io)
    : event_(std::in_place, io, new_event()), event_fd_(event_->native_handle()) {}

void Inbox::start(std::function<void(Events&)> on_events) {
  on_events_ = std::move(on_events);
  wait();
}

void Inbox::close() {
  on_events_ = nullptr;
  const MutexLock lock(mutex_);
  event_fd_ = -1;
  event_.reset();
}

void Inbox::expect(std::size_t calls) {
  const MutexLock lock(mutex_);
  for (auto* events : {&events_, &taken_}) {
    if (events->outcomes.capacity() < calls) events->outcomes.reserve(2 * calls);
    if (events->readable.capacity() < 2 * calls) events->readable.reserve(4 * calls);
  }
}

void Inbox::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  if (event_fd_ < 0) return;
  const bool wakes = events_.outcomes.empty() && events_.readable.empty();
  events_.outcomes.insert(events_.outcomes.end(), std::move_iterator(outcomes.begin()),
                          std::move_iterator(outcomes.end()));
  if (wakes) wake();
}

void Inbox::on_readable(std::uint64_t tag) noexcept {
  const MutexLock lock(mutex_);
  if (event_fd_ < 0) return;
  const bool wakes = events_.outcomes.empty() && events_.readable.empty();
  events_.readable.push_back(tag);
  if (wakes) wake();
}

void Inbox::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd_, &one, sizeof one);
}

void Inbox::wait() {
  event_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && self->on_events_) self->take();
                     });
}

void Inbox::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(event_->native_handle(), &count, sizeof count);
  {
    const MutexLock lock(mutex_);
    std::swap(events_, taken_);
  }
  on_events_(taken_);
  taken_.outcomes.clear();
  taken_.readable.clear();
  if (on_events_) wait();
}

}  // namespace provider_host::server
