#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/mutex.h"
#include "cli/pipe/frame_writer.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Tells the client how the start of the pool has ended: `ready` once a host is, `failed` before it if the first start
/// was none. A thread of its own waits for the start.
class StartAnnouncement {
 public:
  /// `decided` is called on that thread once the first start has ended and was announced.
  StartAnnouncement(const Pool& pool, FrameWriter& writer, std::function<void()> decided);
  ~StartAnnouncement();
  StartAnnouncement(const StartAnnouncement&) = delete;
  StartAnnouncement& operator=(const StartAnnouncement&) = delete;

  /// To be called before each response, so that `ready` is never behind a result. Any thread; waits for nobody.
  void announce();

  /// Whether the first start has ended and was announced.
  [[nodiscard]] bool is_decided() const { return decided_; }

 private:
  void watch();

  const Pool& pool_;
  FrameWriter& writer_;
  const std::function<void()> on_decided_;
  std::atomic<bool> said_ready_ = false;
  std::atomic<bool> decided_ = false;
  std::atomic<bool> stop_ = false;
  Mutex mutex_;
  bool said_failed_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace provider_host::cli
