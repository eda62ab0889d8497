#pragma once

#include <string>
#include <string_view>

#include "provider_host/stats.h"
#include "server/monitoring/failure_log.h"
#include "server/monitoring/pool_log.h"
#include "server/monitoring/request_metrics.h"
#include "server/monitoring/server_facts.h"

namespace provider_host::server {

/// What `GET /stats` and each event of `GET /events` say: one JSON object on one line. `status` as in HealthVerdict;
/// `time` is now, in Unix seconds.
std::string snapshot_json(const ServerFacts& facts, std::string_view status, double time, const PoolStats& pool,
                          const RequestMetrics& requests, const FailureLog& failures, const PoolLog& log);

}  // namespace provider_host::server
