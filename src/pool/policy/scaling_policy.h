#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

#include "pool/reactor/clock.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// How many hosts a pool has whose `workers` are a range. It grows with the calls that wait, and gives up what has had
/// no call for a while. Hosts that are starting count as hosts. Pure: it takes events and `now`. Not thread-safe.
///
/// promptfoo::should_start_host() is another rule on purpose: there hosts of many scripts share a machine, and a caller
/// who said nothing of their number; here somebody has set the bounds.
class ScalingPolicy {
 public:
  /// How long calls wait before there is one more host for them; seconds. What is over sooner needs none.
  static constexpr double kPatience = 0.02;

  /// What calls need.
  struct Demand {
    std::size_t waiting = 0;  ///< Calls that another host could run.
    std::size_t running = 0;  ///< Calls that keep the present ones busy, or will.
  };

  /// `idle_timeout` in seconds; 0: never.
  ScalingPolicy(WorkerRange range, int concurrency, double idle_timeout)
      : range_(range),
        concurrency_(static_cast<std::size_t>(concurrency)),
        idle_timeout_(idle_timeout),
        last_uses_(static_cast<std::size_t>(range.max)) {}

  [[nodiscard]] bool is_fixed() const { return range_.is_fixed(); }
  /// Hosts at the start of a pool: one at least, so that the import is checked.
  [[nodiscard]] static int first(const WorkerRange& range) { return std::max(range.min, 1); }

  // --- growing
  /// When a pool with so many hosts grows for a call that waits since then; nothing: never.
  [[nodiscard]] std::optional<TimePoint> growth_at(int hosts, TimePoint since) const {
    if (hosts >= range_.max) return std::nullopt;
    return hosts == 0 ? since : since + seconds(kPatience);
  }
  /// To how many hosts it grows then.
  [[nodiscard]] int grown(int hosts, const Demand& demand) const {
    if (hosts == 0) return 1;
    const std::size_t needed = (demand.waiting + demand.running + concurrency_ - 1) / concurrency_;
    return std::max(hosts, static_cast<int>(std::min(needed, static_cast<std::size_t>(range_.max))));
  }

  // --- shrinking
  /// Seconds between two looks at which workers have calls, while the pool has so many hosts; nothing: it will not
  /// shrink.
  [[nodiscard]] std::optional<double> look_interval(int hosts) const {
    if (hosts <= range_.min || idle_timeout_ <= 0) return std::nullopt;
    return std::clamp(idle_timeout_ / 8, 0.01, 10.0);
  }
  /// The worker has, or had, a call, or gets a host.
  void on_use(int worker, TimePoint now) { last_uses_.at(static_cast<std::size_t>(worker - 1)) = now; }
  /// Which of the workers that have nothing to do give up their hosts, of `hosts`: the least recently used first, then
  /// the highest number.
  [[nodiscard]] std::vector<int> surplus(std::vector<int> idle, int hosts, TimePoint now) const {
    if (idle_timeout_ <= 0) return {};
    std::erase_if(idle, [&](int worker) { return now - last_use(worker) < seconds(idle_timeout_); });
    std::ranges::sort(idle, {}, [&](int worker) { return std::tuple(last_use(worker), -worker); });
    idle.resize(std::min(idle.size(), static_cast<std::size_t>(std::max(0, hosts - range_.min))));
    return idle;
  }

 private:
  [[nodiscard]] TimePoint last_use(int worker) const { return last_uses_.at(static_cast<std::size_t>(worker - 1)); }

  WorkerRange range_;
  std::size_t concurrency_;
  double idle_timeout_;
  std::vector<TimePoint> last_uses_;  // by worker
};

}  // namespace provider_host::internal
