#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::internal {

/// Reading what a host writes to its diagnostics channel: faulthandler's dump of all threads, then, when Python could
/// run, one section for each call (docs/protocol.md). Pure.

/// `provider.py:12 in call_api` for the innermost Python frame of a dump, or for the innermost one in `file`; empty
/// when there is none.
std::string innermost_frame(std::string_view stack, std::string_view file = {});

/// The innermost frame in `file` of any thread, the first that has one; empty when none has.
std::string innermost_frame_of_any_thread(std::string_view stack, std::string_view file);

/// The section of one call; empty when there is none.
std::string_view call_section(std::string_view stack, std::uint64_t call);

/// `stack` without the frames of the host itself, which mean nothing to the author of the script.
std::string without_host_frames(std::string_view stack);

/// The stack without the sections of calls that the dumped thread was running: they repeat its own stack.
std::string without_repeated_calls(std::string_view stack);

/// Whether the main thread runs an event loop; then the stacks of threads do not show where its calls are.
bool waits_in_event_loop(std::string_view stack);

}  // namespace provider_host::internal
