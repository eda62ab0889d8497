#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "provider_host/error.h"
#include "provider_host/outcome.h"
#include "provider_host/script_report.h"

namespace provider_host::pipe {

// What a pipe sends (docs/protocol.md, "The pipe"), as payloads of frames. `details`: whether the call has asked for
// them.

/// A result is written between these two.
std::string result_head(std::uint64_t id);
std::string result_tail(const Outcome& outcome, bool details = false);

/// The response of a failed call.
std::string error_response(std::uint64_t id, const Outcome& outcome, bool details);
/// The response to what never became a call. Without an id: it belongs to no call that the client could know.
std::string error_response(std::optional<std::uint64_t> id, const Error& error);

/// Appends the response of a call with all details as a whole frame. Throws std::length_error for more than 4 GiB.
void append_response(std::string& out, std::uint64_t id, const Outcome& outcome);

/// The response to an inspection.
std::string inspection_response(std::uint64_t id, const ScriptReport& report);
std::string ready_message(const ScriptReport& report);
std::string failed_message(const Error& error);

}  // namespace provider_host::pipe
