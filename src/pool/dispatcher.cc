#include "pool/dispatcher.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "pool/recycler.h"

namespace provider_host::internal {
namespace {

// Seconds. A rest that is shorter is not worth its system call; a longer one makes for no fewer wake-ups.
constexpr double kMinRest = 10e-6;
constexpr double kMaxRest = 30e-6;
// Seconds until lines are looked at, in case that a call in front turns out slow; twice as long each time that nothing
// happens.
constexpr double kMinLineCheck = 1e-3;
constexpr double kMaxLineCheck = 32e-3;

}  // namespace

Dispatcher::Dispatcher(const Parts& parts)
    : parts_(parts), line_timer_(parts.reactor.timers()), line_check_(kMinLineCheck) {}

void Dispatcher::dispatch() {
  parts_.hosts.for_each_changed([this](const Worker& worker) {
    if (worker.host != nullptr) advance(*worker.host);
  });
  bool has_line = false;
  for (const auto& host : parts_.hosts.retiring()) {
    if (host->has_recalled()) parts_.recall.recall(*host);  // it has thrown before
    begin_next(*host);
    has_line = has_line || !host->line().empty();
  }
  if (assignment_ || !parts_.queue.empty()) assign_all();
  parts_.hosts.for_each_changed([&](Worker& worker) {
    if (parts_.leases.has_reactor(worker.number)) parts_.hosts.publish_load(worker);
    if (worker.host == nullptr) return;
    worker.host->flush();
    has_line = has_line || !worker.host->line().empty();
  });
  if (has_line && !line_timer_.is_armed()) line_timer_.arm_after(line_check_, [this] { check_lines(); });
}

// What has happened to the host's calls since the last iteration.
void Dispatcher::advance(Host& host) {
  if (!host.line().empty()) host.read_collected();
  HostPace& pace = host.pace;
  if (pace.responses > 0) {
    learn(host);
    pace.responses = 0;
  }
  if (host.has_recalled()) parts_.recall.recall(host);  // it has thrown before
  begin_next(host);
}

// The host itself knows best how long its calls take: the pool also measures how long both of them waited for a
// processor.
void Dispatcher::learn(Host& host) {
  HostPace& pace = host.pace;
  const wire::CrashRecord& record = host.record();
  const std::uint64_t calls_served = record.calls_served;
  const std::uint64_t served_ns = record.served_ns;
  const std::uint64_t calls = calls_served - std::exchange(pace.calls_served, calls_served);
  const std::uint64_t ns = served_ns - std::exchange(pace.served_ns, served_ns);
  if (calls > 0) {
    pace.window.on_responses(calls, static_cast<double>(ns) * 1e-9);
  } else if (pace.calls_served == 0) {
    pace.window.on_responses(pace.responses, to_seconds(host.now() - pace.since));
  }
}

// The responses to calls that were sent together are read together. When each of them began is estimated, to within
// kLookahead.
void Dispatcher::begin_next(Host& host) {
  if (!host.in_flight().empty() || host.line().empty()) return;
  const CallLine::Entry& first = host.line().entries().front();
  if (first.is_recalled) return;
  CallState& call = *first.call;
  const TimePoint now = host.now();
  const TimePoint estimate = host.pace.previous + seconds(host.pace.window.seconds_per_call());
  const TimePoint earliest = std::max(now - seconds(CallWindow::kLookahead), call.submitted);
  call.started = std::clamp(estimate, std::min(earliest, now), now);
  host.begin_first(parts_.escalation.limit_of(first.call));
  host.pace.previous = call.started;
  check_soon();
}

void Dispatcher::check_soon() {
  if (line_check_ == kMinLineCheck) return;
  line_check_ = kMinLineCheck;
  line_timer_.cancel();  // dispatch() arms it again
}

// Whether the call that it runs takes longer than the quick calls that may be lined up behind each other.
bool Dispatcher::is_slow(const Host& host) {
  const TimePoint began = host.in_flight().begin()->second.call->started;
  return host.now() - began >= seconds(CallWindow::kMaxWait);
}

// Half of the time in which the host that has the least to do will have done that, as far as known. When hosts keep all
// processors busy, a rest only makes them wait.
Clock::duration Dispatcher::rest() const {
  double least = kMaxRest;
  std::size_t busy = 0;
  for (const Worker& worker : parts_.hosts.workers()) {
    const Host* const host = worker.host.get();
    if (host == nullptr || !host->has_calls()) continue;
    ++busy;
    least = std::min(least, static_cast<double>(host->line().size()) * host->pace.window.seconds_per_call() / 2);
  }
  return busy > 0 && busy < processors_ && least >= kMinRest ? seconds(least) : Clock::duration{};
}

// A call takes longer than was expected when others were sent behind it. Those go to the next host that is free, if
// there is any. Its host cannot send what it had collected before.
void Dispatcher::check_lines() {
  line_check_ = std::min(2 * line_check_, kMaxLineCheck);
  parts_.hosts.for_each([](Host& host) {
    if (!host.line().empty()) host.read_collected();
  });
  if (parts_.options.workers.max == 1) return;
  for (Worker& worker : parts_.hosts.workers()) {
    Host* const host = worker.host.get();
    if (host == nullptr || host->line().empty() || host->in_flight().empty()) continue;
    if (is_slow(*host)) parts_.recall.recall_behind(*host);
  }
}

void Dispatcher::assign_all() {
  list_slots();
  while (assignment_ || (assignment_ = next_assignment())) {
    CallQueue::Slot& slot = slots_[assignment_->slot];
    const bool was_idle = slot.in_flight == 0;
    send(*assignment_);
    slot = slot_of(parts_.hosts.workers()[assignment_->slot]);
    if (was_idle && slot.in_flight > 0) ++busy_;
    assignment_.reset();
  }
}

// With more hosts than processors it costs more to wake an idle host than to let a quick call wait for its turn, so the
// others are filled first.
void Dispatcher::list_slots() {
  slots_.clear();
  busy_ = 0;
  for (Worker& worker : parts_.hosts.workers()) {
    slots_.push_back(slot_of(worker));
    if (slots_.back().in_flight > 0) ++busy_;
  }
}

CallQueue::Slot Dispatcher::slot_of(Worker& worker) {
  if (!worker.is_wanted) return {};
  const Host* const host = worker.host.get();
  const auto holder = parts_.leases.look_for(worker.number);
  const bool is_free = holder != HostLeases::Holder::kCaller;
  if (holder == HostLeases::Holder::kReactor) parts_.hosts.on_change(worker);
  const bool lives = host != nullptr && !host->events.is_broken && !host->events.has_exited;
  const bool is_open =
      lives && is_free && host->is_ready() && host->abandoned() == host->closing() && !host->is_used_up();
  const int load = is_free ? parts_.hosts.load_of(worker) : 1;
  const int line = is_free && host != nullptr ? static_cast<int>(host->line().size()) : 0;
  return {.pid = lives ? host->pid() : 0,
          .in_flight = load + line,
          .has_capacity = is_open && (load < parts_.options.concurrency || has_room_in_line(*host))};
}

bool Dispatcher::has_room_in_line(const Host& host) const {
  if (parts_.options.concurrency > 1 || parts_.options.capture || !host.takes_recalls()) return false;
  if (host.in_flight().size() != 1 || host.line().size() >= host.pace.window.size()) return false;
  return host.line().bytes() < CallWindow::kMaxBytes && !is_slow(host);
}

std::optional<CallQueue::Assignment> Dispatcher::next_assignment() {
  const bool is_crowded = parts_.options.concurrency == 1 && busy_ >= processors_;
  auto assignment = parts_.queue.next(slots_, is_crowded ? static_cast<int>(CallWindow::kMaxCalls) + 1 : 0);
  if (!assignment) return std::nullopt;
  const Worker& worker = parts_.hosts.workers()[assignment->slot];
  assignment->call->pid = worker.host->pid();
  if (assignment->loss) parts_.metrics.on_affinity_lost();
  return assignment;
}

// May be made again when it has thrown; by then the call may be settled, and the host lost.
void Dispatcher::send(const CallQueue::Assignment& assignment) {
  const CallPtr& call = assignment.call;
  if (call->settled()) return;
  const Worker& worker = parts_.hosts.workers()[assignment.slot];
  if (worker.host == nullptr || worker.host->pid() != call->pid) return parts_.recall.requeue(nullptr, call);
  if (!parts_.leases.withdraw(worker.number)) return parts_.recall.requeue(nullptr, call);  // a caller was quicker
  Host& host = *worker.host;
  if (assignment.loss) report_affinity_loss(assignment, worker.number);
  host.watch_calls(true);
  if (parts_.options.capture) {
    host.drain_output();
    host.take_captured(false);
    host.take_captured(true);
  }
  if (parts_.options.concurrency == 1 && !host.in_flight().empty()) return line_up(host, call);
  call->started = host.now();
  host.enqueue(call, parts_.escalation.limit_of(call));
  host.pace.previous = call->started;
  call->host = worker.number;
}

void Dispatcher::line_up(Host& host, const CallPtr& call) {
  Timer deadline(parts_.reactor.timers());
  if (call->deadline) {
    deadline.arm(*call->deadline, [this, call] {
      if (Host* const its = parts_.hosts.host_of(*call)) parts_.recall.recall_behind(*its);  // the queue ends it
    });
  }
  host.line_up(call, std::move(deadline));
  check_soon();
}

// Once for each host, however many keys it had.
void Dispatcher::report_affinity_loss(const CallQueue::Assignment& assignment, int worker) {
  constexpr std::size_t kMaxShownKey = 60;
  const CallState& call = *assignment.call;
  const std::string from = " (pid " + std::to_string(assignment.loss->pid) + ")";
  const std::string to = "host " + std::to_string(worker) + " (pid " + std::to_string(call.pid) + ")";
  const std::string key = "the affinity key '" + to_valid_utf8(utf8_prefix(call.affinity, kMaxShownKey)) + "'";
  if (!assignment.loss->is_first) {
    const std::string text = key + " goes on in " + to + " without its state";
    return parts_.log.post({LogLevel::kDebug, worker, "pool", text});
  }
  const std::string text = "a host" + from + " has ended, and with it the state of " +
                           std::to_string(assignment.loss->keys) +
                           (assignment.loss->keys == 1 ? " affinity key" : " affinity keys") + "; " + key +
                           " goes on in " + to + " without it";
  parts_.log.post({LogLevel::kWarning, worker, "pool", text});
}

void Dispatcher::publish_idle_hosts() {
  if (!has_fast_path(parts_.options) || !parts_.queue.empty() || assignment_) return;
  parts_.hosts.for_each_changed([this](Worker& worker) {
    Host* const host = worker.host.get();
    if (host == nullptr || !host->is_usable() || !parts_.leases.has_reactor(worker.number)) return;
    const std::uint64_t calls = Recycler::calls_until_due(*host);
    if (calls == 0 || host->has_calls() || parts_.hosts.load_of(worker) > 0 || worker.has_ready_replacement()) return;
    host->watch_calls(false);
    parts_.leases.publish(worker.number, host->pid(), host->channel(), calls);
  });
}

void Dispatcher::on_item(const CallPtr& call, std::string_view json, std::size_t payload) {
  call->items->push(json, payload);
  parts_.settler.on_item(call);
}

void Dispatcher::on_response(Host& host, const CallPtr& call, Outcome outcome) {
  if (parts_.options.capture) {
    host.drain_output();
    outcome.stdout_text = host.take_captured(false);
    outcome.stderr_text = host.take_captured(true);
  }
  host.channel().on_response();
  if (host.pace.responses++ == 0) host.pace.since = call->started;
  if (call->report != nullptr) *call->report = host.start.report;
  host.forget(*call);
  parts_.settler.settle_response(call, std::move(outcome));
  begin_next(host);
  if (parts_.hosts.worker_of(host) == nullptr) parts_.supervisor.stop_if_idle(host);  // kept for this call only
}

}  // namespace provider_host::internal
