#pragma once

#include "pool/call/call_recall.h"
#include "pool/call/call_settler.h"
#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/host_set.h"
#include "pool/reactor/reactor.h"
#include "pool/supervisor.h"
#include "provider_host/error.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Ends running calls that timed out or were cancelled, in steps:
///
///   stacks ─▶ call settled, code interrupted ─▶ kReplaceDelay: another one stands in ─▶ interrupt_grace: host killed
///                                          └── code ended at any time: the host has its place back
///
/// Only a host that was killed counts as a restart.
///
/// A stream that nobody reads any more is closed first:
///
///   stream settled, generator to be closed ─▶ half of interrupt_grace: code interrupted, and so on
///
/// Other calls wait for a generator that is closed as for one that runs.
///
/// Belongs to the reactor thread.
class TimeoutEscalation {
 public:
  /// All outlive this.
  TimeoutEscalation(const PoolOptions& options, Reactor& reactor, HostSet& hosts, Supervisor& supervisor,
                    CallSettler& settler, CallRecall& recall)
      : options_(options),
        reactor_(reactor),
        hosts_(hosts),
        supervisor_(supervisor),
        settler_(settler),
        recall_(recall) {}

  /// A timer for a call that has just been started; it calls begin() when the call's time is up.
  [[nodiscard]] Timer limit_of(const CallPtr& call);
  /// The call's time is up.
  void begin(const CallPtr& call);
  /// The stacks of a host have arrived.
  void on_stacks(Host& host);
  /// Settles a running call without its response and interrupts its code.
  void abandon(Host& host, const CallPtr& call, Error error);
  /// The same for a stream that nobody reads any more.
  void close(Host& host, const CallPtr& call, Error error);
  /// The reader of a stream has made room, or its next item has come: its limit begins anew.
  void renew_limit(Host& host, const CallPtr& call);
  /// The code of an abandoned call has ended.
  void on_interrupted(Host& host);
  /// The pool stops: shortens the grace of interrupted code.
  void escalate_now(Host& host);

 private:
  void finish(Host& host, const CallPtr& call);
  void give_up(Host& host, const CallPtr& call, Error error, Host::Ending how);
  void expect_end(Host& host);
  void interrupt_closing(Host& host);
  static bool has_obeyed(Host& host);
  void replace(Host& host);
  void kill(Host& host);

  const PoolOptions& options_;
  Reactor& reactor_;
  HostSet& hosts_;
  Supervisor& supervisor_;
  CallSettler& settler_;
  CallRecall& recall_;
};

}  // namespace provider_host::internal
