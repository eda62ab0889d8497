#pragma once

#include <sys/types.h>

#include <array>

#include "base/fd.h"

namespace provider_host::host {

/// The host's ends of the channels of docs/protocol.md. All are close-on-exec and out of the way of user code, which
/// may close or reuse any low number.
struct Channels {
  Fd call;
  Fd control;
  Fd diagnostics;
  /// Tells of the end of the pool's process; see watch_pool_process(). Not a channel, but it reports that end even
  /// while forks of that process hold the other ends of the channels. May be none.
  Fd pool;

  using Numbers = std::array<int, 4>;
  /// All of them; -1 for none.
  [[nodiscard]] Numbers numbers() const { return {call.get(), control.get(), diagnostics.get(), pool.get()}; }
};

/// Takes over the inherited descriptors and moves them to high numbers. A forked child loses them at once (see
/// in_forked_child()). Once per process, before other threads exist. Throws std::system_error.
Channels take_channels(Fd call, Fd control, Fd diagnostics);

/// Whether this process is a fork of the host: it has no channels and must never respond to a call. A host that a
/// template has made is none.
bool in_forked_child();

/// fork(2), for a child that is to be a host: it keeps the channels until replace_channels(). Main thread.
pid_t fork_with_channels();

/// In such a child: puts other channels in the place of those of take_channels(), under the same numbers. The pool's
/// process stays. Throws std::system_error.
void replace_channels(const Fd& call, const Fd& control, const Fd& diagnostics);

}  // namespace provider_host::host
