#pragma once

#include <string_view>

#include "host/calls/call_channel.h"
#include "host/calls/response_writer.h"
#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// Flushes sys.stdout and sys.stderr, whatever the script put there; its failures are dropped. Call it before
/// a response is sent, so that the pool has what the call printed. Needs the GIL. The first call remembers the module
/// sys, which a script may replace.
void flush_streams();

/// Sends whole frames; needs the GIL, and releases it while it waits. False when the pool is gone.
bool send_bytes(CallChannel& channel, std::string_view bytes);

/// Sends what `writer` holds; needs the GIL, and releases it while it waits.
void send_response(CallChannel& channel, ResponseWriter& writer);

/// Ends a forked child that came back from user code, as Python would end it: `raised` is an exception object or null.
[[noreturn]] void exit_forked_child(BootstrapModules& modules, const pybind11::object& raised);

}  // namespace provider_host::host
