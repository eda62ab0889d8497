#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "provider_host/pool.h"
#include "server/calls/inbox.h"

namespace provider_host::server {

/// The outcome of a call for which there was no memory, or no thread.
Outcome not_handled(const std::exception& error);

/// Runs the calls of requests in the pool. On the I/O thread alone, which never waits for a call.
class CallRunner {
 public:
  using OnSettled = std::function<void(Outcome)>;
  /// Does not throw.
  using OnReadable = std::function<void(Stream&)>;

  /// `pool` outlives it. Throws std::system_error when there is no descriptor left.
  CallRunner(boost::asio::io_context& io, Pool& pool);
  ~CallRunner();
  CallRunner(const CallRunner&) = delete;
  CallRunner& operator=(const CallRunner&) = delete;

  [[nodiscard]] Pool& pool() const { return pool_; }

  /// Queues a call; those of one turn of the event loop go to the pool together. `on_settled` is called once, later,
  /// unless cancel() comes first; when it throws, again with a failure. Returns the call's tag.
  std::uint64_t submit(Call call, OnSettled on_settled);

  /// Starts a stream. `on_readable` is called when something can be read, until Stream::try_next() has nothing more,
  /// and again when there is more; also at the end. The stream lives until close_stream().
  std::uint64_t stream(Call call, OnReadable on_readable);

  /// Nobody waits for it any more.
  void cancel(std::uint64_t tag);
  /// Calls its `on_readable` now.
  void resume_stream(std::uint64_t tag);
  void close_stream(std::uint64_t tag);

  [[nodiscard]] std::size_t running() const { return calls_.size(); }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }

  /// Calls back no more.
  void close();

 private:
  struct RunningCall {
    Pending pending;
    OnSettled on_settled;
  };
  struct RunningStream {
    Stream stream;
    std::shared_ptr<OnReadable> on_readable;
  };
  void flush();
  void settle(std::uint64_t tag, Outcome outcome);
  void on_events(Inbox::Events& events);

  boost::asio::io_context& io_;
  std::shared_ptr<Inbox> inbox_;
  Pool& pool_;
  std::uint64_t last_tag_ = 0;
  std::vector<TaggedCall> unsent_;
  std::unordered_map<std::uint64_t, RunningCall> calls_;
  std::unordered_map<std::uint64_t, RunningStream> streams_;
};

}  // namespace provider_host::server
