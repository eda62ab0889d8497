#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provider_host/outcome.h"

namespace provider_host::cli {

/// Appends one line of a batch's output, without its newline. `id` is raw JSON; `input` is the digest of the input
/// line, for a file that may be resumed; with `capture` it ends in what the script printed.
void append_output_record(std::string& text, std::uint64_t index, std::string_view id, const Outcome& outcome,
                          bool capture, std::optional<std::uint32_t> input = std::nullopt);

/// The same as a text.
std::string output_record(std::uint64_t index, std::string_view id, const Outcome& outcome, bool capture,
                          std::optional<std::uint32_t> input = std::nullopt);

}  // namespace provider_host::cli
