#include "server/monitoring/health.h"

#include <algorithm>

namespace provider_host::server {

std::optional<HealthLevel> parse_health_level(std::string_view name) {
  if (name == "process") return HealthLevel::kProcess;
  if (name == "gil") return HealthLevel::kGil;
  if (name == "loop") return HealthLevel::kLoop;
  return std::nullopt;
}

namespace {

// A probe is always on its way for a while. Milliseconds.
constexpr double kPatience = 1000;

bool is_late(const std::optional<double>& waited, bool responded) { return waited >= kPatience && !responded; }

}  // namespace

bool is_healthy(const HostStats& host, HealthLevel level) {
  const HostHealth& health = host.health;
  if (host.state != "ready" || health.process != "alive") return false;
  if (level >= HealthLevel::kGil && is_late(health.gil_ms, health.gil_taken)) return false;
  return level < HealthLevel::kLoop || !is_late(health.loop_ms, health.loop_turned);
}

HealthVerdict readiness(const PoolStats& pool, bool started, bool draining, HealthLevel level) {
  if (draining) return {"draining", 503};
  if (!started) return {"starting", 503};
  const auto healthy = [level](const HostStats& host) { return is_healthy(host, level); };
  if (pool.hosts.empty()) return {"ready", 200};  // it has shrunk to none, and the next call starts one
  if (std::any_of(pool.hosts.begin(), pool.hosts.end(), healthy)) return {"ready", 200};
  return {"unavailable", 503};
}

std::string readiness_json(const HealthVerdict& verdict, const PoolStats& pool) {
  nlohmann::ordered_json json = {{"status", verdict.status}, {"hosts", nlohmann::ordered_json::array()}};
  for (const HostStats& host : pool.hosts) {
    json["hosts"].push_back({{"number", host.number}, {"state", host.state}, {"health", to_json(host.health)}});
  }
  return json.dump();
}

}  // namespace provider_host::server
