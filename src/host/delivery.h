#pragma once

#include "host/answer.h"
#include "host/call_channel.h"
#include "host/support.h"

namespace provider_host::host {

/// Flushes sys.stdout and sys.stderr, whatever the script put there; its failures are dropped. Goes before an answer,
/// so that the pool has what a call printed. Needs the GIL.
void flush_streams();

/// Sends what `writer` holds; needs the GIL, and gives it up while it has to wait.
void send_answer(CallChannel& channel, AnswerWriter& writer);

/// Ends a forked child that came back from user code, as Python would end it: `raised` is an exception object or null.
[[noreturn]] void leave_fork(Support& support, const pybind11::object& raised);

}  // namespace provider_host::host
