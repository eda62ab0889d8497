#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provider_host/outcome.h"

namespace provider_host::cli {

/// One line of a batch's output, without its newline. `id` is raw JSON; `input` is the digest of the input line, for a
/// file that may be resumed; with `capture` it ends in what the script printed.
std::string output_record(std::uint64_t index, std::string_view id, const Outcome& outcome, bool capture,
                          std::optional<std::uint32_t> input = std::nullopt);

}  // namespace provider_host::cli
