#include "promptfoo/helper/script_hosts.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace provider_host::promptfoo {
namespace {

using std::chrono::seconds;

// The first host of a script is kept for longer: it saves an import where the next call waits for slow models.
constexpr seconds kIdleFirst{300};
constexpr seconds kIdleOthers{60};
// Each call of a script may leave one.
constexpr std::size_t kMaxRetired = 4;
// How much the last call counts in what calls usually take.
constexpr double kLastCallWeight = 0.3;

double seconds_between(HelperClock::time_point begin, HelperClock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

ScriptLoad ScriptHosts::load(HelperClock::time_point now) const {
  ScriptLoad load;
  load.hosts = static_cast<int>(idle.size() + running.size()) + starting;
  load.waiting = static_cast<int>(waiting.size());
  load.running = static_cast<int>(running.size());
  load.call_time = call_time;
  for (const auto since : running) load.call_time = std::max(load.call_time, seconds_between(since, now));
  load.import_time = import_time;
  return load;
}

std::shared_ptr<WarmHost> ScriptHosts::take_idle(HelperClock::time_point came,
                                                 std::vector<std::shared_ptr<WarmHost>>& discarded) {
  while (!idle.empty()) {
    std::shared_ptr<WarmHost> host = std::move(idle.back().host);
    idle.pop_back();
    if (came <= host->began() || !host->is_outdated()) return host;
    const bool has_children = host->has_children();
    retire(std::move(host), has_children, discarded);
  }
  return nullptr;
}

void ScriptHosts::retire(std::shared_ptr<WarmHost> host, bool has_children,
                         std::vector<std::shared_ptr<WarmHost>>& discarded) {
  const bool is_kept = has_children && has_owner() && retired.size() < kMaxRetired;
  (is_kept ? retired : discarded).push_back(std::move(host));
}

void ScriptHosts::end_idle(HelperClock::time_point now,
                           const std::function<bool(const std::shared_ptr<WarmHost>&)>& has_children,
                           std::vector<std::shared_ptr<WarmHost>>& discarded) {
  if (owner_has_ended) std::ranges::move(std::exchange(retired, {}), std::back_inserter(discarded));
  // The ones at the front have been idle for the longest time.
  while (!idle.empty()) {
    const bool is_last = idle.size() == 1 && running.empty() && starting == 0;
    const auto limit = owner_has_ended ? seconds(0) : is_last ? kIdleFirst : kIdleOthers;
    if (now - idle.front().since < limit) return;
    std::shared_ptr<WarmHost> host = std::move(idle.front().host);
    idle.erase(idle.begin());
    if (has_owner() && has_children(host)) {
      idle.push_back({std::move(host), now});
    } else {
      discarded.push_back(std::move(host));
    }
  }
}

void ScriptHosts::note_call(HelperClock::time_point began, HelperClock::time_point ended) {
  const auto entry = std::ranges::find(running, began);
  if (entry != running.end()) running.erase(entry);
  const double took = seconds_between(began, ended);
  call_time = call_time == 0 ? took : call_time + kLastCallWeight * (took - call_time);
}

}  // namespace provider_host::promptfoo
