#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provider_host/stats.h"

namespace provider_host::server {

/// How much of a host must respond for it to count. Each level includes those before it.
enum class HealthLevel : std::uint8_t {
  kProcess,  ///< Its process.
  kGil,      ///< A probe got the GIL, so code can run.
  kLoop,     ///< Its event loop ran a callback; as kGil for a host without a loop.
};

/// `process`, `gil` or `loop`; nothing for any other text.
std::optional<HealthLevel> parse_health_level(std::string_view name);

/// Whether the host takes calls and responds at that level. One that was not probed at a level counts as healthy there,
/// and one whose response is due for less than a second.
bool is_healthy(const HostStats& host, HealthLevel level);

/// Whether requests should be sent here.
struct HealthVerdict {
  std::string_view status = "unavailable";  ///< `ready`, `starting`, `draining` or `unavailable`.
  int code = 503;                           ///< HTTP: 200 when ready, else 503.
};

/// `started`: some host has been ready once. `draining`: the server is ending. Ready is a server with a healthy host.
HealthVerdict readiness(const PoolStats& pool, bool started, bool draining, HealthLevel level = HealthLevel::kProcess);

/// Body of `/health/ready`.
std::string readiness_json(const HealthVerdict& verdict, const PoolStats& pool);

/// Body of `/health/live`: whoever gets it knows that the server's loop turns.
inline constexpr std::string_view kLiveJson = R"({"status":"live"})";

}  // namespace provider_host::server
