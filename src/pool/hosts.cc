// The pool's thread: the life of hosts.
#include <algorithm>
#include <exception>
#include <utility>

#include "base/utf8.h"
#include "pool/pool_core.h"
#include "process/system_fault.h"

namespace provider_host::internal {

PoolCore::Slot* PoolCore::slot_of(const HostProcess& host) {
  Slot& slot = slots_[static_cast<std::size_t>(host.number - 1)];
  return slot.process.get() == &host ? &slot : nullptr;
}

HostFacts PoolCore::facts_with_dump(HostProcess& host) {
  host.drain_output();
  return host.facts_with_dump();
}

// --- starting

// Starts a host for every slot without one, as far as the restart policy allows. While the breaker is open a trial is
// made only when somebody wants it: a call in the queue, or other hosts to stand beside.
void PoolCore::start_hosts() {
  timers_.cancel(restart_timer_);
  for (Slot& slot : slots_) {
    std::optional<TimePoint> at;
    {
      const std::lock_guard lock(mutex_);
      if (slot.process != nullptr || (closing_ && (cut_ || queue_.empty()))) continue;
      const bool wanted = !policy_.is_open() || !queue_.empty() ||
                          std::ranges::any_of(slots_, [](const Slot& other) { return other.process != nullptr; });
      at = wanted ? policy_.next_start() : std::nullopt;
    }
    if (!at) return;
    if (*at > Clock::now()) {
      restart_timer_ = timers_.add(*at, [] {});  // it wakes the loop
      return;
    }
    start_host(slot);
  }
}

void PoolCore::start_host(Slot& slot) {
  try {
    auto host = spawn(slot);
    const std::lock_guard lock(mutex_);
    policy_.on_start();
    slot.process = std::move(host);
    slot.owner = Owner::kPool;
    slot.ready = false;
    slot.in_flight = 0;
    ++slot.starts;
  } catch (...) {  // whatever it is: this start is over
    Error failure;
    failure.kind = ErrorKind::kPoolUnavailable;
    failure.message = to_valid_utf8("no host can be started: " + process::text_of(std::current_exception()));
    fail_start(nullptr, std::move(failure), false);
    poller_.wake();  // the next turn sees when it may be tried again
  }
}

// Throws std::exception.
std::unique_ptr<HostProcess> PoolCore::spawn(const Slot& slot) {
  wire::StartMessage start = start_message_;
  start.host = slot.number;
  auto process = std::make_unique<HostProcess>(poller_, static_cast<Listener&>(*this), spawner_(program_, start.script),
                                               start, options_.capture);
  HostProcess* const host = process.get();
  host->generation = generation_;
  host->spawned = Clock::now();
  host->report.script = start.script;
  host->report.python = start.python;
  limit_calls(*host);
  if (options_.start_timeout > 0) {
    host->timer = timers_.add(host->spawned + seconds(options_.start_timeout), [this, host] {
      host->start_expired = true;
      host->request_dump();
      host->timer = timers_.add(Clock::now() + seconds(kDumpWait), [this, host] { start_took_too_long(*host); });
    });
  }
  return process;
}

void PoolCore::on_ready(HostProcess& host, const wire::ReadyMessage& message) {
  timers_.cancel(host.timer);
  host.start_expired = false;
  host.ready_at = Clock::now();
  host.report.python_version = message.python;
  host.report.import_ms = message.import_ms;
  host.report.ready_ms = to_seconds(host.ready_at - host.spawned) * 1000;
  script_api_ = message.api == "embedding"        ? Api::kEmbedding
                : message.api == "classification" ? Api::kClassification
                                                  : Api::kCall;
  check_memory_at_start(host);
  const std::lock_guard lock(mutex_);
  if (Slot* of_old = slot_of_successor(host)) {  // recycle_hosts() does the rest
    of_old->has_ready_successor = true;
    return;
  }
  Slot* slot = slot_of(host);
  if (slot == nullptr) return;
  slot->ready = true;
  if (const auto crashed_at = std::exchange(slot->crashed_at, std::nullopt)) {
    counters_.on_ready_after_crash(to_seconds(host.ready_at - *crashed_at) * 1000);
  }
  slot->ready_ms = host.report.ready_ms;
  policy_.on_ready();
  first_ready_ = true;
  changed_.notify_all();
}

void PoolCore::on_start_failed(HostProcess& host, Error error) { fail_start(&host, std::move(error), true); }

void PoolCore::start_took_too_long(HostProcess& host) {
  fail_start(&host, start_timed_out(facts_with_dump(host), options_.start_timeout, script_name_), true);
}

// A host was given up before it was ready, or could not even be spawned.
void PoolCore::fail_start(HostProcess* host, Error error, bool import_error) {
  if (host != nullptr && slot_of(*host) == nullptr) {
    if (Slot* slot = slot_of_successor(*host)) drop_successor(*slot, error);
    return;  // given up already
  }
  // At first the constructor throws it.
  if (first_ready_) log(LogLevel::kError, host != nullptr ? host->number : 0, "pool", error.message);
  std::optional<Error> at_first;
  if (!first_ready_) at_first = error;
  if (host != nullptr) leave_slot(*host, RestartCause::kFailedStart);
  {
    const std::lock_guard lock(mutex_);
    if (host == nullptr) policy_.on_start();
    policy_.on_start_failed(Clock::now(), import_error);
    last_error_ = std::move(error);
    if (at_first) start_error_ = std::move(at_first);
    changed_.notify_all();
  }
  if (host == nullptr) return;
  timers_.cancel(host->timer);
  retire(*host, StopPlan::killing(), RestartCause::kFailedStart);
}

// --- ending

// Deals with what hosts have done since the last turn. A successor comes first, so that none is put in service that is
// lost.
void PoolCore::attend_hosts() {
  for (Slot& slot : slots_) {
    if (slot.successor != nullptr) attend(*slot.successor);
    if (slot.process != nullptr) attend(*slot.process);
  }
  for (std::size_t i = 0; i < retiring_.size(); ++i) attend(*retiring_[i]);
}

void PoolCore::attend(HostProcess& host) {
  if (host.buried) return;
  if (host.violated || host.channel_ended || host.ended) {
    if (take_from_caller(host)) return;
    if (host.violated) end_violator(host);
    if (host.channel_ended) end_channel(host);
    if (host.ended) bury(host);
  } else if (!host.stop_plan.empty() && host.in_flight().empty() && !timers_.has(host.timer)) {
    stop_step(host);
  }
}

// It broke the protocol.
void PoolCore::end_violator(HostProcess& host) {
  host.distrusted = true;
  host.watch_calls(false);
  host.drain_output();
  Error error = protocol_error(host.facts(), host.violation.empty() ? HostProcess::kTooMuch : host.violation);
  const bool has_place = slot_of(host) != nullptr;
  Slot* const of_old = slot_of_successor(host);
  if (!host.ready && (has_place || of_old != nullptr)) {
    error.kind = ErrorKind::kImportFailed;
    error.type = "ProtocolError";
    fail_start(&host, std::move(error), true);
  } else if (of_old != nullptr) {
    drop_successor(*of_old, error);
  } else {
    log(LogLevel::kError, host.number, "pool", error.message);
    std::vector<std::pair<CallPtr, Outcome>> failed;
    for (const auto& [id, call] : host.in_flight()) failed.emplace_back(call, Outcome::failure(error));
    leave_slot(host, RestartCause::kViolation);
    if (has_place) {
      const std::lock_guard lock(mutex_);
      last_error_ = std::move(error);
      policy_.on_crash(Clock::now());
    }
    finish_all(host, failed);
    timers_.cancel(host.obey_timer);
    retire(host, StopPlan::killing(), RestartCause::kViolation);
  }
  host.violated = false;
}

// The end of file comes before the exit status; a host that stays alive without its channel broke the protocol.
void PoolCore::end_channel(HostProcess& host) {
  if (Slot* of_old = slot_of_successor(host)) {
    const std::lock_guard lock(mutex_);
    of_old->has_ready_successor = false;
  }
  // The channel is closed, so the host's count of what it has read is final.
  put_back(host, find_blame(host.last_words(), {}, host.calls_at_death()).unread);
  const bool is_ending = slot_of(host) == nullptr && slot_of_successor(host) == nullptr && host.in_flight().empty();
  if (is_ending && !host.ended) stop_step(host);  // it was kept for these calls only
  if (!host.ended && !has_become_another(host) && !is_ending) {
    timers_.cancel(host.timer);
    host.timer = timers_.add(Clock::now() + seconds(1), [&host] { host.note_violation(host.channel_end()); });
  }
  host.channel_ended = false;
}

// When a caller has the host's channel, that caller reads what is left of it and hands it over. Returns whether one
// has.
bool PoolCore::take_from_caller(HostProcess& host) {
  const std::lock_guard lock(mutex_);
  Slot* slot = slot_of(host);
  if (slot == nullptr) return false;
  if (slot->owner == Owner::kNobody) slot->owner = Owner::kPool;  // no caller may borrow it any more
  if (slot->owner != Owner::kCaller) return false;
  host.lost = true;
  host.cut_call_channel();
  return true;
}

// Takes the host out of its slot, which is free for another one at once, and ends it step by step. Calls it still has
// are waited for first; the time that on_channel_end() has given them runs on.
void PoolCore::retire(HostProcess& host, StopPlan plan, RestartCause cause) {
  host.stop_plan = plan;
  leave_slot(host, cause);
  if (!host.ended && host.in_flight().empty()) stop_step(host);
}

void PoolCore::leave_slot(HostProcess& host, RestartCause cause) {
  Slot* slot = slot_of(host);
  if (slot == nullptr) return;
  retiring_.reserve(retiring_.size() + 1);
  const std::lock_guard lock(mutex_);
  retiring_.push_back(std::move(slot->process));
  slot->ready = false;
  slot->in_flight = 0;
  slot->owner = Owner::kPool;
  counters_.on_restart(cause);
  // A successor that was on its way already.
  if (slot->successor != nullptr) ++slot->starts;
  slot->process = std::move(slot->successor);
  slot->ready = std::exchange(slot->has_ready_successor, false);
  if (cause != RestartCause::kCrash) return;
  if (slot->ready) {
    counters_.on_ready_after_crash(0);
  } else {
    slot->crashed_at = Clock::now();
  }
}

void PoolCore::on_line(HostProcess& host, std::string_view source, std::string_view line) {
  const LogLevel level = options_.capture && host.ready ? LogLevel::kDebug
                         : source == "stderr"           ? LogLevel::kWarning
                                                        : LogLevel::kInfo;
  log(level, host.number, source, line);
}

}  // namespace provider_host::internal
