#pragma once

#include "cli/batch/output/batch_output.h"
#include "cli/io/console.h"

namespace provider_host::cli {

/// Says what an output file holds already, and what is odd about it.
void report_written_calls(const BatchOutput& output, Console& console);

}  // namespace provider_host::cli
