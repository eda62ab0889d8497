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
// After its call a host is looked at, which takes some milliseconds. One that is held for longer counts as at work:
// its client reads slowly, for instance.
constexpr seconds kFreeTimeout{1};
// How much the last call counts in what calls usually take.
constexpr double kLastCallWeight = 0.3;

double seconds_between(HelperClock::time_point begin, HelperClock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

ScriptLoad ScriptHosts::load(HelperClock::time_point now) const {
  ScriptLoad load;
  load.hosts = static_cast<int>(idle.size() + leased.size()) + starting;
  load.waiting = static_cast<int>(waiting.size());
  load.import_time = import_time;
  double longest = 0;
  double second = 0;
  for (const Work& work : leased) {
    const auto since = work.ended.value_or(work.began);
    if (work.ended && now - since < kFreeTimeout) continue;
    ++load.running;
    const double age = seconds_between(since, now);
    second = std::max(second, std::min(age, longest));
    longest = std::max(longest, age);
  }
  load.call_time = std::max(call_time, second);
  load.overrun = std::max(0.0, longest - load.call_time);
  return load;
}

void ScriptHosts::add_new(std::shared_ptr<WarmHost> host, HelperClock::time_point now) {
  idle.insert(idle.begin(), {std::move(host), now});
}

std::vector<ScriptHosts::Idle>::iterator ScriptHosts::oldest_idle() {
  return std::ranges::min_element(idle, {}, &Idle::since);
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
  while (!idle.empty()) {
    const bool is_last = idle.size() == 1 && leased.empty() && starting == 0;
    const auto limit = owner_has_ended ? seconds(0) : is_last ? kIdleFirst : kIdleOthers;
    const auto oldest = oldest_idle();
    if (now - oldest->since < limit) return;
    if (has_owner() && has_children(oldest->host)) {
      oldest->since = now;
    } else {
      discarded.push_back(std::move(oldest->host));
      idle.erase(oldest);
    }
  }
}

void ScriptHosts::end_call(HelperClock::time_point began, HelperClock::time_point ended) {
  const auto entry = std::ranges::find(leased, began, &Work::began);
  if (entry != leased.end()) entry->ended = ended;
  const double took = seconds_between(began, ended);
  call_time = call_time == 0 ? took : call_time + kLastCallWeight * (took - call_time);
}

void ScriptHosts::end_lease(HelperClock::time_point began) {
  const auto entry = std::ranges::find(leased, began, &Work::began);
  if (entry != leased.end()) leased.erase(entry);
}

}  // namespace provider_host::promptfoo
