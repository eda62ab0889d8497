#pragma once

#include <atomic>
#include <string_view>
#include <thread>

#include "host/calls/cancellations.h"
#include "host/calls/stream_credits.h"
#include "host/health/health_probe.h"
#include "wire/frame_codec.h"

namespace provider_host::host {

/// What the control thread passes on to other threads. They live as long as the process.
struct Requests {
  Cancellations& cancellations;
  StreamCredits& streams;
  HealthProbe& health;
};

/// The thread that serves the control channel (docs/protocol.md): it answers pings, sends the main thread dump_signal()
/// for a dump, records a cancelled call and sends cancel_signal(), passes on what streams may send, and kills the
/// process group when the pool is gone: when the channel ends or the pool's process does. It never takes the GIL and
/// gets no signals, so it works whatever user code does. Without stop() the object lives as long as the process.
class ControlThread {
 public:
  /// Starts it. `pool` is readable when the pool's process has ended; or -1, and the thread looks each second whether
  /// that is so. Both descriptors stay open. Main thread.
  ControlThread(int control, int pool, Requests requests);

  /// This process is a host: nobody stops the thread any more.
  void stay() { may_stop_ = false; }

  /// Ends the thread, between two messages; within some 10 ms when the pool sends none. Not after stay(). Main thread.
  void stop();

 private:
  enum class Received { kBytes, kEnd, kStopped };
  enum class Waited { kNothing, kReadable, kPoolEnded, kStopped };

  void run();
  Received receive();
  Waited wait(int limit_ms);
  Waited wait_for_bytes();
  void repeat_signal_while_waiting();
  bool next_frame();
  void handle(std::string_view message);
  void grant(std::string_view message);
  void interrupt_main_thread();
  void pong(std::uint64_t id) const;

  int control_;
  int pool_;
  Requests requests_;
  Cancellations& cancellations_;
  wire::FrameDecoder decoder_;
  std::atomic<bool> may_stop_ = true;
  std::atomic<bool> is_stopped_ = false;
  std::thread thread_;
};

}  // namespace provider_host::host
