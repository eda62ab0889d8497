#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/commands/session.h"
#include "cli/pipe/frame_writer.h"
#include "cli/pipe/inspections.h"
#include "cli/pipe/reloads.h"
#include "cli/pipe/start_announcement.h"
#include "cli/pipe/unfinished_calls.h"
#include "pipe/pipe_message.h"
#include "platform/wake_up.h"
#include "provider_host/pool.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {

/// One run of `provider-host pipe`, from the first frame on stdin to the last on stdout:
///
///   this thread:     stdin ─▶ decoder ─▶ reader ─▶ unfinished calls ─▶ pool
///   reactor thread:              writer ◀─ response ◀─ unfinished calls ◀─ outcome
///   writer's thread: stdout ◀─ writer
///   signals:         first: read no more, cancel what is queued; second: end the process
///   reloads:         SIGHUP: hosts import the script anew
///
/// This thread waits for nothing but its poll(), so a cancellation is never behind a call.
class PipeRun {
 public:
  PipeRun(Session session, std::string default_function, std::size_t frame_limit);

  /// Settles what is left.
  ~PipeRun();
  PipeRun(const PipeRun&) = delete;
  PipeRun& operator=(const PipeRun&) = delete;

  /// Returns the exit code. Throws ConfigError, ImportFailed (there is no such script), UsageError (stdin
  /// cannot be read), OutputFailed.
  int run(PoolOptions options);

 private:
  enum class End : std::uint8_t {
    kNone,
    kInput,  ///< stdin has ended.
    kViolation,
    kInputFailed,  ///< stdin cannot be read.
    kInterrupted,
    kReaderGone,
  };

  void start(PoolOptions options);
  void serve();
  void wait_for_event();
  void stop_reading(End end);
  [[nodiscard]] bool is_over() const;
  int finish();

  void read_some();
  void handle(std::string_view payload);
  void accept(pipe::CallMessage message);
  bool begin(std::uint64_t id);
  void refuse(std::optional<std::uint64_t> id, std::string_view what);
  void violation(const std::string& what);

  void on_settled(std::uint64_t id, const Outcome& outcome, bool details);
  void respond(std::uint64_t id, const std::function<void()>& respond);
  void on_signal(int count);
  void say_interrupted();

  Session session_;
  platform::WakeUp wake_;
  FrameWriter writer_;
  UnfinishedCalls unfinished_;
  wire::FrameDecoder decoder_;
  pipe::PipeMessageReader reader_;
  End end_ = End::kNone;
  std::string input_error_;
  std::atomic<bool> reading_ = true;  // responses wake this thread once it is false
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> has_served_ = false;
  std::atomic<bool> has_said_interrupted_ = false;
  std::atomic<bool> lost_response_ = false;
  std::optional<Error> no_pool_;  // why there is none
  std::unique_ptr<Pool> pool_;    // its callbacks use what stands above
  std::optional<StartAnnouncement> announcement_;
  std::optional<Inspections> inspections_;
  std::optional<Reloads> reloads_;
};

}  // namespace provider_host::cli
