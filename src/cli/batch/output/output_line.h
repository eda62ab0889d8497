#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/batch/output/written_calls.h"

namespace provider_host::cli {

/// The longest line of an output: a result may be as large as a frame, and has captured text beside it.
inline constexpr std::size_t kOutputLineLimit = std::size_t{1} << 30;

/// Reads a line of a batch's output. Throws JsonError when it is not one.
WrittenCall read_output_line(std::string_view line);

/// Only its index; faster.
std::uint64_t read_output_index(std::string_view line);

/// Whether `tail` may be the beginning of such a line.
bool may_begin_output_line(std::string_view tail);

}  // namespace provider_host::cli
