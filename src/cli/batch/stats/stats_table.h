#pragma once

#include <string>

#include "cli/batch/stats/token_usage.h"
#include "provider_host/stats.h"

namespace provider_host::cli {

/// What `--stats` shows: calls, errors by kind, restarts by cause, usage, times, and a line per host. Values that are
/// zero or unknown have no row and no column. Lines end with a newline. `colours` adds escape sequences.
std::string stats_table(const PoolStats& stats, const ResultUsage& usage, bool colours);

}  // namespace provider_host::cli
