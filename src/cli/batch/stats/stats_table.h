#pragma once

#include <string>

#include "cli/batch/stats/token_usage.h"
#include "provider_host/stats.h"

namespace provider_host::cli {

/// What `--stats` shows: calls, errors by kind, restarts by cause, what the
/// results say of their cost, times, and a line per host. What is zero or not
/// known has no row and no column. Lines end with a newline; `colours` adds escape sequences, which change no width.
std::string stats_table(const PoolStats& stats, const ResultUsage& usage, bool colours);

}  // namespace provider_host::cli
