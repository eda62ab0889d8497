#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "provider_host/outcome.h"

namespace provider_host::cli {

/// Writes frames (docs/protocol.md) to a descriptor on a thread of its own, many in one system call. Adding one never
/// waits for the reader. Any thread may use it.
class FrameWriter {
 public:
  /// How many bytes may be unsent before has_space() says no.
  static constexpr std::size_t kMaxUnsent = std::size_t{64} << 20;

  /// `changed` is called on the thread of the writer when there is space again, and when the writer has ended because
  /// the reader is gone or writing fails. `fd` is not owned.
  FrameWriter(int fd, std::function<void()> changed);
  /// Waits until all is sent or the writer has ended.
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  /// One frame. Throws std::bad_alloc; then nothing of it was added.
  void add(std::string_view payload);
  /// The same of three parts: `head`, the result of `outcome`, `tail`. A large result is not copied.
  void add(std::string_view head, const Outcome& outcome, std::string_view tail);

  [[nodiscard]] bool has_space() const;
  /// The reader is gone, or writing has failed.
  [[nodiscard]] bool has_ended() const;
  /// Waits until all is sent or the writer has ended, at most until `limit`.
  void wait_until_sent(std::chrono::steady_clock::time_point limit = std::chrono::steady_clock::time_point::max());
  /// Throws OutputFailed when writing has failed for another reason than that the reader is gone.
  void check() const;

 private:
  struct Piece {
    std::string text;
    std::shared_ptr<const Outcome> result;  // its JSON follows the text
  };

  void run();
  void write(const std::vector<Piece>& pieces);
  void on_sent(std::size_t count);
  void end(std::exception_ptr failure);
  // Where the next frame begins, with space for `size` more bytes.
  std::string& last_text(std::size_t size) REQUIRES(mutex_);
  void on_added(std::size_t count) REQUIRES(mutex_);

  const int fd_;
  const std::function<void()> changed_;
  mutable Mutex mutex_;
  CondVar added_;
  CondVar sent_;
  std::vector<Piece> pieces_ GUARDED_BY(mutex_);
  std::size_t unsent_ GUARDED_BY(mutex_) = 0;
  bool waits_ GUARDED_BY(mutex_) = false;  // the thread waits for pieces
  bool stop_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  std::exception_ptr failure_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace provider_host::cli
