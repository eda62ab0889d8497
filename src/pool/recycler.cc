#include "pool/recycler.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "platform/process_state.h"
#include "process/error_text.h"

namespace provider_host::internal {
namespace {

// How often memory is checked; seconds.
constexpr double kMemoryInterval = 0.25;

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

Recycler::Recycler(const PoolOptions& options, Reactor& reactor, HostSet& hosts, HostLeases& leases,
                   Supervisor& supervisor, CallRecall& recall, LogQueue& log)
    : options_(options),
      reactor_(reactor),
      hosts_(hosts),
      leases_(leases),
      supervisor_(supervisor),
      recall_(recall),
      log_(log),
      memory_policy_(options.max_rss),
      memory_timer_(reactor.timers()) {}

void Recycler::recycle() {
  hosts_.for_each_changed([this](Worker& worker) { recycle(worker); });
}

void Recycler::recycle(Worker& worker) {
  for (Host* const host : {worker.host.get(), worker.replacement.get()}) {
    if (host != nullptr && options_.max_calls_per_host > 0 && host->service.call_limit == 0) set_call_limit(*host);
  }
  if (worker.host == nullptr || (!worker.is_ready() && !worker.host->service.is_outdated)) return;
  if (!supervisor_.needs_hosts()) return;
  if (std::exchange(worker.has_lost_replacement, false)) raise_call_limit(*worker.host);
  if (worker.replacement == nullptr) {
    if (is_due(*worker.host)) start_replacement(worker);
  } else if (worker.has_ready_replacement() && leases_.withdraw(worker.number)) {
    take_over(worker);
  }
}

void Recycler::start_replacement(Worker& worker) {
  try {
    // Once new code has been imported there are only spares that have it (Reloader).
    const bool may_take = !worker.host->service.is_outdated || supervisor_.generations().is_imported();
    if (may_take) worker.replacement = hosts_.spares().take(worker.number);
    if (worker.replacement == nullptr && supervisor_.can_launch()) {
      worker.replacement = supervisor_.launch(worker.number);
    }
  } catch (...) {
    const std::string why = process::error_text(std::current_exception());
    log_.post({LogLevel::kWarning, worker.number, "pool", "no replacement can be started: " + why});
    raise_call_limit(*worker.host);
  }
}

// --- calls

// 90 to 100 % of what the options say, so that hosts that began together do not end together.
void Recycler::set_call_limit(Host& host) {
  const auto most = static_cast<double>(options_.max_calls_per_host);
  host.service.call_limit = static_cast<std::uint64_t>(std::ceil(most * (0.8 + 0.2 * jitter_())));
  host.service.replace_at = (host.service.call_limit + 1) / 2;
}

// There is no replacement; until the next try it goes on.
void Recycler::raise_call_limit(Host& host) const {
  host.service.is_too_large = false;
  if (options_.max_calls_per_host == 0) return;
  host.service.call_limit = host.channel().sent() + options_.max_calls_per_host;
  host.service.replace_at = host.service.call_limit - options_.max_calls_per_host / 2;
}

// From half of its calls on it is reckoned how many it will serve while its replacement starts, twice over; so it has
// some left until the replacement is there, and calls need not wait for that.
bool Recycler::is_due(Host& host) const {
  HostService& service = host.service;
  if (service.is_outdated || service.is_too_large || host.is_used_up()) return true;
  const std::uint64_t served = host.channel().responses();
  if (service.replace_at == 0 || served < service.replace_at) return false;
  const double lived_ms = std::max(to_seconds(host.now() - host.start.ready_at) * 1000, 1.0);
  const double start_ms = hosts_.spares().has_ready() ? 0 : host.start.report.ready_ms;
  const double meanwhile = static_cast<double>(served) / lived_ms * start_ms * 2;
  const std::uint64_t left = service.call_limit - std::min(served, service.call_limit);
  const auto needed = static_cast<std::uint64_t>(std::clamp(meanwhile, 1.0, static_cast<double>(service.call_limit)));
  if (left <= needed) return true;
  service.replace_at = served + std::max<std::uint64_t>((left - needed) / 2, 1);
  return false;
}

std::uint64_t Recycler::calls_until_due(const Host& host) {
  std::uint64_t calls = std::numeric_limits<std::uint64_t>::max();
  const HostService& service = host.service;
  const std::uint64_t responses = host.channel().responses();
  if (service.call_limit > 0) calls = service.call_limit - std::min(host.channel().sent(), service.call_limit);
  if (service.replace_at > responses) calls = std::min(calls, service.replace_at - responses);
  return calls;
}

RestartCause Recycler::cause_of(const HostService& service) {
  if (service.is_outdated) return RestartCause::kReload;
  return service.is_too_large ? RestartCause::kMemoryLimit : RestartCause::kCallLimit;
}

// The old host completes its calls and ends gracefully. New code does not wait for calls of the former one.
void Recycler::take_over(Worker& worker) {
  Host& old = *worker.host;
  const RestartCause cause = cause_of(old.service);
  log_.post({LogLevel::kDebug, worker.number, "pool",
             fmt::format("replaced after {} calls: {}", old.channel().responses(),
                         kRestartCauseNames.at(static_cast<std::size_t>(cause)))});
  if (cause == RestartCause::kReload) reactor_.wake();  // for the next iteration, in which the Reloader goes on
  if (!old.is_ready()) {
    old.grace_timer.cancel();
    return supervisor_.retire(old, StopPlan::killing(), cause);
  }
  old.service.is_recycled = cause != RestartCause::kReload;
  hosts_.remove_from_rotation(old, cause);  // the replacement is the worker's now
  if (old.abandoned() == 0) old.stop.plan = StopPlan::graceful(options_.stop_grace);
  recall_.recall_line(old);
  if (old.abandoned() == 0 && !old.events.has_exited) supervisor_.stop_if_idle(old);
}

// --- memory

void Recycler::on_ready(const Host& host) {
  if (options_.max_rss == 0) return;
  const std::uint64_t resident = platform::resident_bytes(host.pid()).value_or(0);
  if (!memory_policy_.on_ready(resident)) return;  // another host would need as much
  log_.post({LogLevel::kWarning, host.number, "pool",
             fmt::format("max_rss is {:.1f} MiB, but a host needs {:.1f} MiB for the import alone; it is replaced now "
                         "and then only, as its replacements need as much",
                         mebibytes(options_.max_rss), mebibytes(resident))});
}

void Recycler::watch_memory() {
  if (options_.max_rss == 0) return;
  if (!platform::resident_bytes(::getpid())) {
    log_.post({LogLevel::kWarning, 0, "pool",
               "max_rss has no effect: this system does not say how much memory a process has"});
    return;
  }
  for (Worker& worker : hosts_.workers()) {
    if (!worker.is_ready() || worker.replacement != nullptr) continue;
    Host& host = *worker.host;
    const TimePoint now = memory_timer_.now();
    host.service.is_too_large = memory_policy_.is_too_much(platform::resident_bytes(host.pid()).value_or(0), now);
    if (!host.service.is_too_large) continue;
    memory_policy_.on_replacement(now);
    hosts_.on_change(worker);
  }
  memory_timer_.arm_after(kMemoryInterval, [this] { watch_memory(); });
}

}  // namespace provider_host::internal
