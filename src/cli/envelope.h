#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "provider_host/outcome.h"

namespace provider_host::cli {

/// One line of a batch's output, without its newline. `id` is raw JSON; with `capture` it ends in what the script
/// printed.
std::string envelope(std::uint64_t index, std::string_view id, const Outcome& outcome, bool capture);

}  // namespace provider_host::cli
