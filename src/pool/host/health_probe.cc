#include "pool/host/health_probe.h"

namespace provider_host::internal {

HostHealth HealthProbe::health(TimePoint now) const {
  HostHealth health;
  health.process = "alive";
  const std::uint64_t sent = sent_;
  const wire::CrashRecord& host = record();
  if (sent == 0 || host.in_use != wire::CrashRecord::kInUse) return health;
  const double open_ms = to_seconds(now - sent_at_.load()) * 1000;
  if (host.probes_seen < sent) {
    health.process = "silent";
    return health;
  }
  health.gil_taken = host.gil_responded >= sent;
  health.gil_ms = health.gil_taken ? static_cast<double>(host.gil_us) / 1000 : open_ms;
  if (!health.gil_taken || host.loop_probed < sent) return health;
  health.loop_turned = host.loop_responded >= sent;
  health.loop_ms = health.loop_turned ? static_cast<double>(host.loop_us) / 1000 : open_ms;
  return health;
}

}  // namespace provider_host::internal
