#include "pool/dispatcher.h"

#include <string>
#include <utility>

#include "base/utf8.h"
#include "pool/recycler.h"

namespace provider_host::internal {

void Dispatcher::dispatch() {
  while (assignment_ || (assignment_ = next_assignment())) {
    send(*assignment_);
    assignment_.reset();
  }
  parts_.hosts.for_each_changed([this](Worker& worker) {
    if (parts_.leases.has_reactor(worker.number)) parts_.hosts.publish_load(worker);
    if (worker.host != nullptr) worker.host->flush();
  });
}

std::optional<CallQueue::Assignment> Dispatcher::next_assignment() {
  if (parts_.queue.empty()) return std::nullopt;
  slots_.clear();
  for (Worker& worker : parts_.hosts.workers()) {
    const Host* const host = worker.host.get();
    const bool is_ours = parts_.leases.withdraw(worker.number);
    if (is_ours) parts_.hosts.on_change(worker);
    const bool lives = host != nullptr && !host->events.is_broken && !host->events.has_exited;
    const bool is_open = lives && is_ours && host->is_ready() && host->abandoned() == 0 && !host->is_used_up();
    const int load = is_ours ? parts_.hosts.load_of(worker) : 1;
    slots_.push_back({.pid = lives ? host->pid() : 0,
                      .in_flight = load,
                      .has_capacity = is_open && load < parts_.options.concurrency});
  }
  auto assignment = parts_.queue.next(slots_);
  if (!assignment) return std::nullopt;
  const Worker& worker = parts_.hosts.workers()[assignment->slot];
  assignment->call->host = worker.number;
  assignment->call->pid = worker.host->pid();
  if (assignment->loss) parts_.metrics.on_affinity_lost();
  return assignment;
}

// May be made again when it has thrown; by then the call may be settled, and the host lost.
void Dispatcher::send(const CallQueue::Assignment& assignment) {
  const CallPtr& call = assignment.call;
  if (call->settled()) return;
  const Worker& worker = parts_.hosts.workers()[assignment.slot];
  if (worker.host == nullptr || worker.host->pid() != call->pid) return parts_.crashes.requeue(nullptr, call);
  Host& host = *worker.host;
  if (assignment.loss) report_affinity_loss(assignment);
  call->started = host.now();
  Timer limit = parts_.escalation.limit_of(call);
  host.watch_calls(true);
  if (parts_.options.capture) {
    host.drain_output();
    host.take_captured(false);
    host.take_captured(true);
  }
  host.enqueue(call, std::move(limit));
}

// Once for each host, however many keys it had.
void Dispatcher::report_affinity_loss(const CallQueue::Assignment& assignment) {
  constexpr std::size_t kMaxShownKey = 60;
  const CallState& call = *assignment.call;
  const std::string from = " (pid " + std::to_string(assignment.loss->pid) + ")";
  const std::string to = "host " + std::to_string(call.host) + " (pid " + std::to_string(call.pid) + ")";
  const std::string key = "the affinity key '" + to_valid_utf8(utf8_prefix(call.affinity, kMaxShownKey)) + "'";
  if (!assignment.loss->is_first) {
    const std::string text = key + " goes on in " + to + " without its state";
    return parts_.log.post({LogLevel::kDebug, call.host, "pool", text});
  }
  const std::string text = "a host" + from + " has ended, and with it the state of " +
                           std::to_string(assignment.loss->keys) +
                           (assignment.loss->keys == 1 ? " affinity key" : " affinity keys") + "; " + key +
                           " goes on in " + to + " without it";
  parts_.log.post({LogLevel::kWarning, call.host, "pool", text});
}

void Dispatcher::publish_idle_hosts() {
  if (!has_fast_path(parts_.options) || !parts_.queue.empty() || assignment_) return;
  parts_.hosts.for_each_changed([this](Worker& worker) {
    Host* const host = worker.host.get();
    if (host == nullptr || !host->is_usable() || !parts_.leases.has_reactor(worker.number)) return;
    const std::uint64_t calls = Recycler::calls_until_due(*host);
    if (calls == 0 || parts_.hosts.load_of(worker) > 0 || worker.has_ready_replacement()) return;
    host->watch_calls(false);
    parts_.leases.publish(worker.number, host->pid(), host->channel(), calls);
  });
}

void Dispatcher::on_response(Host& host, const CallPtr& call, Outcome outcome) {
  if (parts_.options.capture) {
    host.drain_output();
    outcome.stdout_text = host.take_captured(false);
    outcome.stderr_text = host.take_captured(true);
  }
  host.channel().on_response();
  if (call->report != nullptr) *call->report = host.start.report;
  host.forget(*call);
  parts_.settler.settle_response(call, std::move(outcome));
  if (parts_.hosts.worker_of(host) == nullptr) parts_.supervisor.stop_if_idle(host);  // kept for this call only
}

}  // namespace provider_host::internal
