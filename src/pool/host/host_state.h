#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "pool/call/failure.h"
#include "pool/host/stop_plan.h"
#include "pool/policy/call_window.h"
#include "pool/policy/crash_attribution.h"
#include "pool/reactor/clock.h"
#include "pool/reactor/timer.h"
#include "process/exit_status.h"
#include "provider_host/script_report.h"

namespace provider_host::internal {

// What the parts of the engine keep with each host, one struct for each part. All belong to the reactor thread.

/// What has happened and is not handled yet (CrashHandler); `is_broken` and `has_exited` stay set.
struct HostEvents {
  bool violation = false;
  bool channel_end = false;
  bool has_exited = false;     ///< The process has exited; it is handled until it `is_reaped`.
  bool is_broken = false;      ///< It broke the protocol or its channel ended; nothing more is read from it.
  bool is_reaped = false;      ///< The process is reaped; the host is destroyed at the end of the iteration.
  std::string violation_text;  ///< Empty when there was no memory for its response.
};

/// Dispatcher: how quick its calls are.
struct HostPace {
  CallWindow window;
  std::uint64_t calls_served = 0;  ///< That the window has learned from, by the host's own record.
  std::uint64_t served_ns = 0;     ///< What those took.
  std::size_t responses = 0;       ///< That the window has not learned from yet.
  TimePoint since{};               ///< When the first of those calls began.
  TimePoint previous{};            ///< When the last call began.
};

/// Supervisor.
struct HostStart {
  /// How it came to be.
  enum class Origin : std::uint8_t {
    kFresh,       ///< It imports the script by itself.
    kTemplate,    ///< The same, and is a template then if it can.
    kUnforkable,  ///< It could not, and is a host.
    kFork,        ///< Of a template.
  };
  Origin origin = Origin::kFresh;
  int generation = 0;  ///< Of the program that it was started as.
  int code = 0;        ///< Generation of the script's code (CodeGenerations).
  TimePoint spawned_at{};
  TimePoint ready_at{};
  bool is_late = false;              ///< Its start_timeout has passed; its stacks are requested.
  bool is_asked_for_expiry = false;  ///< Its stacks are requested, as a call is about to expire during the import.
  ScriptReport report;               ///< What is known without an inspection: no functions.
};

/// Recycler.
struct HostService {
  std::uint64_t call_limit = 0;  ///< The most calls that it gets; 0: no limit.
  std::uint64_t replace_at = 0;  ///< After this many responses a replacement is started; 0: never.
  bool is_too_large = false;     ///< It takes more memory than it should.
  bool is_recycled = false;      ///< Its replacement has taken over; what it still runs counts as the worker's.
  bool is_outdated = false;      ///< Reloader: it is to be replaced by a host with new code now.
};

/// HostSet: whose place it has.
struct HostPlace {
  bool is_away = false;      ///< It was interrupted, and may get its worker back as long as it lives.
  bool is_back = false;      ///< It gets it back once no caller has the channel of the host that stands in for it.
  bool is_stand_in = false;  ///< It has the place of one that is away.
};

/// TimeoutEscalation.
struct HostEscalation {
  Timer timer;            ///< Its next step for a host with abandoned calls.
  Timer closing;          ///< When streams that are closed are interrupted.
  bool is_final = false;  ///< Their code did not end in time: the host is killed when its other calls have.

  /// There is no next step.
  void cancel() noexcept {
    timer.cancel();
    closing.cancel();
  }
};

/// HostStopper.
struct HostStop {
  StopPlan plan;
  Timer timer;
  bool is_graceful = false;                   ///< It was asked to end by itself, and has not been killed yet.
  bool is_asked_for_stacks = false;           ///< It did not end; its stacks are requested.
  std::optional<TimePoint> group_wait_began;  ///< When it ended while other processes of its group run on.
  TimePoint next_group_poll{};                ///< When they are checked next.
};

/// What is known of a host that has ended (CrashHandler); determined once.
struct Death {
  process::ExitStatus status;
  HostInfo info;
  CrashAttribution attribution;
  bool is_known = false;    ///< All of it, not only the status.
  bool is_counted = false;  ///< Against the culprit.
};

}  // namespace provider_host::internal
