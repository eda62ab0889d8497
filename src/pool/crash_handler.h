#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "platform/oom_watch.h"
#include "pool/admission_queue.h"
#include "pool/call/call_recall.h"
#include "pool/call/call_settler.h"
#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/phase.h"
#include "pool/policy/jitter.h"
#include "pool/policy/quarantine.h"
#include "pool/policy/retry_backoff.h"
#include "pool/reactor/reactor.h"
#include "pool/supervisor.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Handles hosts that crash, close their channel or break the protocol: reaps the process, attributes the crash to a
/// call, and retries, requeues or fails the calls of the host:
///
///   exit, end of channel, violation ─▶ handle() ─▶ reap ─▶ crash ─▶ attribute_crash()
///     the culprit             fails with host_crashed, or is retried after a backoff
///     calls beside it         run again once, or fail as collateral
///     calls it never read     go back to the front of the queue
///
/// Belongs to the reactor thread.
class CrashHandler {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    Reactor& reactor;
    HostSet& hosts;
    HostLeases& leases;
    Supervisor& supervisor;
    AdmissionQueue& queue;
    CallSettler& settler;
    RetryBackoff& retries;
    Quarantine& quarantine;
    CallRecall& recall;
    LogQueue& log;
    const Phase& phase;
  };

  explicit CrashHandler(const Parts& parts) : parts_(parts) {}

  /// Handles the events of the host since the last iteration (HostEvents), if any.
  void handle(Host& host);

 private:
  using Failed = std::vector<std::pair<CallPtr, Outcome>>;

  void handle_template(Host& host);
  void handle_violation(Host& host);
  void handle_channel_end(Host& host);
  void await_exit(Host& host, int waits);
  void reap(Host& host);
  Error error_of_spare(Host& host);
  void crash(Host& host);
  void settle_calls(Host& host);
  void requeue_undelivered(Host& host, const std::vector<std::uint64_t>& undelivered);
  void retry_or_fail(Host& host, const CallPtr& call, Error error);
  void fail_all(Host& host, Failed& failed);
  void drop_quarantined(std::uint64_t input);
  const Death& death_of(Host& host);
  HostInfo info_at_death(const Host& host, const process::ExitStatus& status);
  void log(LogLevel level, const Host& host, std::string_view text) {
    parts_.log.post({level, host.number, "pool", text});
  }

  const Parts parts_;
  Jitter jitter_;
  platform::OomWatch oom_watch_;
};

}  // namespace provider_host::internal
