#pragma once

#include <string>

#include "provider_host/stats.h"
#include "server/monitoring/request_metrics.h"
#include "server/monitoring/server_facts.h"

namespace provider_host::server {

/// Media type of metrics_text().
inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics in the text format of Prometheus; docs/reference/metrics.md lists them. Those of the process
/// (`process_*`) are read from /proc, and are left out where that has none.
std::string metrics_text(const PoolStats& pool, const RequestMetrics& requests, const ServerFacts& facts);

}  // namespace provider_host::server
