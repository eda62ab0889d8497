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
  PoolStats numbers;            ///< Of the cluster, as far as they are known; the rest is 0.
  nlohmann::ordered_json json;  ///< An object: all that it says.
};
using BridgeMessage = std::variant<BridgeReady, BridgeFailed, BridgeLog, BridgeStats>;

/// Throws std::runtime_error that says what is wrong with the payload.
BridgeMessage read_bridge_message(std::string_view payload);

}  // namespace provider_host::cli
