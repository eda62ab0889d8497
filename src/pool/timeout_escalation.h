#pragma once

#include "pool/call/call_settler.h"
#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/host_set.h"
#include "pool/reactor/reactor.h"
#include "pool/supervisor.h"
#include "provider_host/error.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Ends calls whose time is up or that were cancelled while they ran:
///
///   stacks ─▶ caller answered, code interrupted ─▶ kReplaceDelay: host replaced ─▶ interrupt_grace: host killed
///                                          └── code ended at any time: the host is kept, or ends in peace
///
/// Belongs to the reactor's thread.
class TimeoutEscalation {
 public:
  /// All outlive this.
  TimeoutEscalation(const PoolOptions& options, Reactor& reactor, HostSet& hosts, Supervisor& supervisor,
                    CallSettler& settler)
      : options_(options), reactor_(reactor), hosts_(hosts), supervisor_(supervisor), settler_(settler) {}

  /// A timer that begins it when the time of a call is up that has just been started.
  [[nodiscard]] Timer limit_of(const CallPtr& call);
  /// Its time is up.
  void begin(const CallPtr& call);
  /// The stacks of a host are there.
  void on_stacks(Host& host);
  /// Settles a running call without its response and interrupts its code.
  void abandon(Host& host, const CallPtr& call, Error error);
  /// The code of an abandoned call has ended.
  void on_interrupted(Host& host);
  /// The pool stops: code that was interrupted has no more time than that.
  void escalate_now(Host& host);

 private:
  void finish(Host& host, const CallPtr& call);
  void replace(Host& host);
  void kill(Host& host);

  const PoolOptions& options_;
  Reactor& reactor_;
  HostSet& hosts_;
  Supervisor& supervisor_;
  CallSettler& settler_;
};

}  // namespace provider_host::internal
