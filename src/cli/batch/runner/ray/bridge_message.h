#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "provider_host/call.h"
#include "provider_host/error.h"
#include "provider_host/options.h"
#include "provider_host/stats.h"

namespace provider_host::cli {

/// What the bridge to Ray says besides results and errors of calls (docs/protocol.md, "The pipe over a cluster").
struct BridgeReady {
  Api api = Api::kCall;  ///< Of calls that name neither an API nor a function.
  std::size_t actors = 1;
  std::size_t nodes = 1;
};
struct BridgeFailed {
  Error error;
};
struct BridgeLog {
  LogLevel level = LogLevel::kInfo;
  int host = 0;
  std::string source;
  std::string text;
};
struct BridgeStats {
  nlohmann::ordered_json stats;
};
using BridgeMessage = std::variant<BridgeReady, BridgeFailed, BridgeLog, BridgeStats>;

/// Throws std::runtime_error that says what is wrong with the payload.
BridgeMessage read_bridge_message(std::string_view payload);

/// What can be read of the statistics of a cluster. The rest is 0: they are only shown.
PoolStats pool_stats_of(const nlohmann::ordered_json& stats);

}  // namespace provider_host::cli
