#include "server/calls/inbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace provider_host::server {
namespace {

int copy_of(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "cannot duplicate a descriptor");
  return copy;
}

}  // namespace

Inbox::Inbox(boost::asio::io_context& io) : event_(std::in_place, io, copy_of(wake_up_.fd())) {}

void Inbox::start(std::function<void(Events&)> on_events) {
  on_events_ = std::move(on_events);
  wait();
}

void Inbox::close() {
  on_events_ = nullptr;
  const MutexLock lock(mutex_);
  is_closed_ = true;
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
  if (is_closed_) return;
  const bool wakes = events_.outcomes.empty() && events_.readable.empty();
  events_.outcomes.insert(events_.outcomes.end(), std::move_iterator(outcomes.begin()),
                          std::move_iterator(outcomes.end()));
  if (wakes) wake_up_.set();
}

void Inbox::on_readable(std::uint64_t tag) noexcept {
  const MutexLock lock(mutex_);
  if (is_closed_) return;
  const bool wakes = events_.outcomes.empty() && events_.readable.empty();
  events_.readable.push_back(tag);
  if (wakes) wake_up_.set();
}

void Inbox::wait() {
  event_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && self->on_events_) self->take();
                     });
}

void Inbox::take() {
  wake_up_.clear();
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
