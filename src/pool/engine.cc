#include "pool/engine.h"

#include <algorithm>
#include <cassert>
#include <exception>
#include <string>
#include <utility>

namespace provider_host::internal {
namespace {

// Seconds between two looks at the streams whose readers read themselves.
constexpr double kReaderAway = 0.02;

}  // namespace

Engine::Engine(const Shared& shared, Launcher launcher)
    : shared_(shared),
      hosts_(static_cast<std::size_t>(shared.options.workers.max),
             static_cast<std::size_t>(ScalingPolicy::first(shared.options.workers)), shared.leases, shared.metrics),
      retries_(shared.reactor.timers()),
      recall_(shared.queue, shared.settler, shared.phase),
      supervisor_({shared.options, shared.reactor, hosts_, shared.queue, shared.metrics, shared.log, shared.phase,
                   recall_, *this, shared.start_result},
                  std::move(launcher)),
      escalation_(shared.options, shared.reactor, hosts_, supervisor_, shared.settler, recall_),
      recycler_(shared.options, shared.reactor, hosts_, shared.leases, supervisor_, recall_, shared.log),
      reloader_({shared.reactor, hosts_, supervisor_, shared.log, shared.phase}),
      scaler_({shared.options, shared.reactor, hosts_, shared.leases, shared.queue, retries_, supervisor_, shared.log,
               shared.phase}),
      spares_(shared.options, shared.reactor, hosts_, supervisor_, shared.log),
      crashes_({shared.options, shared.reactor, hosts_, shared.leases, supervisor_, shared.queue, shared.settler,
                retries_, shared.quarantine, recall_, shared.log, shared.phase}),
      dispatcher_({shared.options, shared.reactor, hosts_, shared.leases, shared.queue, shared.metrics, shared.settler,
                   escalation_, recall_, supervisor_, shared.log}),
      termination_({shared.queue, retries_, hosts_, dispatcher_, escalation_, shared.settler, recall_,
                    shared.cancellations, shared.options.max_queue}),
      transferred_({shared.reactor, hosts_, shared.leases, escalation_, shared.phase}),
      shutdown_({shared.phase, shared.queue, retries_, hosts_, shared.leases, dispatcher_, supervisor_, escalation_,
                 termination_, recall_, shared.reactor}),
      health_(shared.options.health_interval, shared.reactor, hosts_, shared.phase),
      streams_timer_(shared.reactor.timers()) {}

void Engine::watch() {
  health_.watch();
  recycler_.watch_memory();
}

// --- each iteration

void Engine::on_iteration() {
  transferred_.adopt(termination_);
  termination_.handle_cancellations([this] { transferred_.adopt(termination_); });
  grant_credit();
  if (shared_.leases.has_streams() && !streams_timer_.is_armed()) watch_streams();
  termination_.end_expired(shared_.reactor.now());
  shutdown_.abort_if_due(shared_.reactor.now());
  hosts_.for_each_changed_host([this](Host& host) { crashes_.handle(host); });
  if (!shared_.queue.empty() || !retries_.empty()) {
    if (const auto error = supervisor_.unavailable()) termination_.end_all_waiting(*error);
  }
  supervisor_.start_missing();
  reloader_.reload();
  recycler_.recycle();
  dispatcher_.dispatch();
  dispatcher_.publish_idle_hosts();
  scaler_.scale();
  spares_.refill();
  hosts_.destroy_reaped();
  shutdown_.stop_if_drained();
  hosts_.forget_changes([this](const Worker& worker) { return is_settled(worker); });
  shared_.settler.deliver();
  assert(each_call_is_in_one_place());
}

// What readers have read.
void Engine::grant_credit() {
  while (const CallPtr call = shared_.credit_requests.take()) {
    transferred_.adopt(termination_);  // its reader may have handed it over just before
    Host* const host = hosts_.host_of(*call);
    if (host == nullptr) continue;
    try {
      host->grant_credit(call);
      escalation_.renew_limit(*host, call);
    } catch (...) {
      shared_.credit_requests.request(call);
      throw;
    }
  }
}

// Streams whose readers have not read for a while: nobody would see that their hosts end, or are late.
void Engine::watch_streams() {
  streams_timer_.arm_after(kReaderAway, [this] {
    shared_.leases.take_over_streams();
    if (shared_.leases.has_streams()) watch_streams();
  });
}

std::optional<TimePoint> Engine::next_due() const {
  const auto expiry = termination_.next_due();
  const auto drain = shared_.phase.drain_until();
  if (!expiry || !drain) return expiry ? expiry : drain;
  return std::min(*expiry, *drain);
}

// There may be no memory to say so.
void Engine::on_exception() noexcept {
  try {
    try {
      throw;
    } catch (const std::exception& error) {
      shared_.log.post({LogLevel::kError, 0, "pool", std::string("internal error: ") + error.what()});
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
  shared_.settler.deliver();
}

// Whether nothing is to be done for it until it changes: calls go to its host, or callers may take it.
bool Engine::is_settled(const Worker& worker) const {
  if (!worker.is_wanted) return true;
  if (!worker.is_ready() || !worker.host->is_usable() || !worker.host->stop.plan.empty()) return false;
  if (!worker.host->line().empty() || worker.host->has_recalled()) return false;
  if (worker.replacement != nullptr || worker.has_lost_replacement) return false;
  return worker.host->load() > 0 || !Dispatcher::has_fast_path(shared_.options) ||
         !shared_.leases.has_reactor(worker.number);
}

// For assertions: whether each call that was admitted and is not settled is in exactly one place.
bool Engine::each_call_is_in_one_place() {
  std::uint64_t calls = retries_.size() + (dispatcher_.in_transit() != nullptr ? 1 : 0);
  bool has = true;
  hosts_.for_each([&](const Host& host) {
    calls += host.in_flight().size() + host.line().size();
    for (const auto& [id, entry] : host.in_flight())
      has = has && !entry.call->settled() && !retries_.contains(*entry.call);
  });
  for (const CallPtr& call : retries_.calls()) has = has && !call->settled();
  const auto [admitted, waiting] = shared_.queue.totals();
  return has && calls + waiting + shared_.settler.settled() == admitted + transferred_.adopted();
}

// --- what hosts do

void Engine::on_ready(Host& host, const wire::ReadyMessage& message) {
  script_api_ = message.api == "embedding"        ? Api::kEmbedding
                : message.api == "classification" ? Api::kClassification
                                                  : Api::kCall;
  recycler_.on_ready(host);
  supervisor_.on_ready(host, message);
}

void Engine::on_stacks(Host& host) {
  if (host.stop.is_asked_for_stacks) return supervisor_.stopper().step(host);
  escalation_.on_stacks(host);
  supervisor_.on_start_stacks(host);
}

void Engine::on_line(Host& host, std::string_view source, std::string_view line) {
  const LogLevel level = shared_.options.capture && host.is_ready() ? LogLevel::kDebug
                         : source == "stderr"                       ? LogLevel::kWarning
                                                                    : LogLevel::kInfo;
  shared_.log.post({level, host.number, source, line});
}

}  // namespace provider_host::internal
