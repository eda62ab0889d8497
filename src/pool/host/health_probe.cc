#include "pool/host/health_probe.h"

namespace provider_host::internal {
namespace {

// The control thread has so long before it counts as silent: on a busy machine any thread may be late. Less than what
// Pool::check_health waits for by default, so that this can tell.
constexpr double kPatienceMs = 500;

}  // namespace

std::uint64_t HealthProbe::next(TimePoint now) {
  const wire::CrashRecord& host = record();
  open(process_, host.probes_seen >= process_.oldest, now);
  open(gil_, host.gil_responded >= gil_.oldest, now);
  open(loop_, host.loop_probed < loop_.oldest || host.loop_responded >= loop_.oldest, now);
  return ++sent_;
}

// A host that stands still would seem well after each probe if the time began anew.
void HealthProbe::open(Open& level, bool is_answered, TimePoint now) {
  if (!is_answered) return;
  level.since = now;
  level.oldest = sent_ + 1;
}

HostHealth HealthProbe::health(TimePoint now) const {
  HostHealth health;
  health.process = "alive";
  const std::uint64_t sent = sent_;
  const wire::CrashRecord& host = record();
  if (sent == 0 || host.in_use != wire::CrashRecord::kInUse) return health;
  const auto open_ms = [now](const Open& level) { return to_seconds(now - level.since.load()) * 1000; };
  if (host.probes_seen < sent && open_ms(process_) >= kPatienceMs) {
    health.process = "silent";
    return health;
  }
  health.gil_taken = host.gil_responded >= sent;
  health.gil_ms = health.gil_taken ? static_cast<double>(host.gil_us) / 1000 : open_ms(gil_);
  if (!health.gil_taken || host.loop_probed < sent) return health;
  health.loop_turned = host.loop_responded >= sent;
  health.loop_ms = health.loop_turned ? static_cast<double>(host.loop_us) / 1000 : open_ms(loop_);
  return health;
}

}  // namespace provider_host::internal
