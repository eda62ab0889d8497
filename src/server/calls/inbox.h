#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "platform/wake_up.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::server {

/// Brings what happens to calls from the pool's threads to the I/O thread. Many events wake it once.
class Inbox : public OutcomeSink, public std::enable_shared_from_this<Inbox> {
 public:
  struct Events {
    std::vector<TaggedOutcome> outcomes;
    std::vector<std::uint64_t> readable;  ///< Tags of streams of which something can be read.
  };

  /// Throws std::system_error when there is no descriptor left.
  explicit Inbox(boost::asio::io_context& io);

  /// `on_events` runs on the I/O thread with what has come, until close().
  void start(std::function<void(Events&)> on_events);
  /// What comes later is dropped. It needs `io` no more then, and may outlive it: a pool keeps it as long as it has
  /// calls.
  void close();

  /// Makes space for one more call or stream, so that nothing needs memory when it settles. Throws std::bad_alloc.
  void expect(std::size_t calls);

  void on_settled(std::span<TaggedOutcome> outcomes) override;
  /// Any thread; neither waits nor throws for as many streams as were expected.
  void on_readable(std::uint64_t tag) noexcept;

 private:
  void wait();
  void take();

  platform::WakeUp wake_up_;
  std::optional<boost::asio::posix::stream_descriptor> event_;  // a copy of its descriptor
  std::function<void(Events&)> on_events_;
  Events taken_;
  Mutex mutex_;
  Events events_ GUARDED_BY(mutex_);
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::server
