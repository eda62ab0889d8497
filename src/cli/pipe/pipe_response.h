#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "provider_host/error.h"
#include "provider_host/outcome.h"
#include "provider_host/script_report.h"

namespace provider_host::cli {

// What `provider-host pipe` sends (docs/protocol.md, "The pipe"), as payloads of frames.

/// A result is written between these two.
std::string result_head(std::uint64_t id);
std::string result_tail(const Outcome& outcome);

/// Without an id: what was wrong belongs to no call that the client could know.
std::string error_response(std::optional<std::uint64_t> id, const Error& error);
/// The response to an inspection.
std::string inspection_response(std::uint64_t id, const ScriptReport& report);
std::string ready_message(const ScriptReport& report);
std::string failed_message(const Error& error);

}  // namespace provider_host::cli
