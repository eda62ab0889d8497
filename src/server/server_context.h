#pragma once

#include <unordered_set>

#include "server/calls/call_runner.h"
#include "server/monitoring/failure_log.h"
#include "server/monitoring/request_metrics.h"
#include "server/server_options.h"

namespace provider_host::server {

class ItemStream;

/// What those who respond to requests share. On the I/O thread alone.
struct ServerContext {
  const ServerOptions& options;
  CallRunner& runner;
  RequestMetrics& metrics;
  FailureLog& failures;
  std::unordered_set<ItemStream*> streams = {};  ///< Those that go on, for heartbeats.
};

}  // namespace provider_host::server
