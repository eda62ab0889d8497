// The pool's thread: the life of hosts.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <exception>
#include <utility>

#include "base/utf8.h"
#include "pool/pool_core.h"
#include "process/system_fault.h"

namespace provider_host::internal {

void PoolCore::run() {
  pool_thread_ = std::this_thread::get_id();
  serve();
  const std::shared_ptr<PoolCore> self = std::move(self_);  // destroyed last, when this thread is all that has it
  const std::lock_guard lock(mutex_);
  ended_ = true;
  pool_thread_ = std::thread::id();  // which another thread may get
  changed_.notify_all();
}

void PoolCore::serve() {
  constexpr auto kFaultPause = std::chrono::milliseconds(10);
  int faults = 0;  // without a turn that was fine between them
  probe_hosts();
  check_memory();
  while (true) {
    try {
      run_commands();
      timers_.run_due(Clock::now());
      start_hosts();
      recycle_hosts();
      count_load();
      assign();
      release_idle_hosts();
      check_drained();
      std::erase_if(retiring_,
                    [this](const auto& host) { return std::ranges::find(buried_, host.get()) != buried_.end(); });
      buried_.clear();
      if (stopping_ && retiring_.empty()) return;
      poller_.wait(timers_.next());
      faults = 0;
    } catch (const std::exception& error) {
      log(LogLevel::kError, 0, "pool", std::string("internal error: ") + error.what());
      std::this_thread::sleep_for(kFaultPause * std::min(faults++, 100));  // one that stays must not take a processor
    }
  }
}

// One by one, so that one that throws costs no other: a caller waits for each. What comes meanwhile is for the next
// turn.
void PoolCore::run_commands() {
  std::function<void()> command;
  std::unique_lock lock(mutex_);
  for (std::size_t left = commands_.size(); left > 0; --left) {
    command = std::move(commands_.front());
    commands_.pop_front();
    lock.unlock();
    command();
    lock.lock();
  }
}

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
  {
    const std::lock_guard lock(mutex_);
    policy_.on_start();
  }
  try {
    auto host = spawn(slot);
    const std::lock_guard lock(mutex_);
    slot.process = std::move(host);
    slot.owner = Owner::kPool;
    slot.ready = false;
    slot.lost = false;
    slot.in_flight = 0;
    ++slot.starts;
  } catch (const std::exception& error) {  // whatever it is: this start is over
    Error failure;
    failure.kind = ErrorKind::kPoolUnavailable;
    failure.message = to_valid_utf8("no host can be started: " + process::text_of(error));
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
  script_api_ = message.api == "embedding"        ? Api::kEmbedding
                : message.api == "classification" ? Api::kClassification
                                                  : Api::kCall;
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
  slot->ready_ms = to_seconds(Clock::now() - host.spawned) * 1000;
  slot->import_ms = message.import_ms;
  slot->python_version = message.python;
  policy_.on_ready();
  first_ready_ = true;
  changed_.notify_all();
}

void PoolCore::on_start_failed(HostProcess& host, Error error) { fail_start(&host, std::move(error), true); }

void PoolCore::start_took_too_long(HostProcess& host) {
  fail_start(&host, start_timed_out(facts_with_dump(host), options_.start_timeout, script_name_), true);
}

// A host was given up before it was ready, or could not even be spawned. When no host is left and none may be started,
// the queue is told.
void PoolCore::fail_start(HostProcess* host, Error error, bool import_error) {
  if (host != nullptr && slot_of(*host) == nullptr) {
    if (Slot* slot = slot_of_successor(*host)) drop_successor(*slot, error);
    return;  // given up already
  }
  const int number = host != nullptr ? host->number : 0;
  if (host != nullptr) retire(*host, StopPlan::killing(), RestartCause::kFailedStart);
  double retry_after = 0;
  bool unavailable = false;
  bool at_first = false;
  {
    const std::lock_guard lock(mutex_);
    at_first = !first_ready_;
    policy_.on_start_failed(Clock::now(), import_error);
    last_error_ = error;
    if (!first_ready_) {
      start_error_ = error;
      changed_.notify_all();
    }
    unavailable = is_unavailable();
    retry_after = policy_.retry_after(Clock::now());
  }
  if (!at_first) log(LogLevel::kError, number, "pool", error.message);  // at first the constructor throws it
  if (unavailable) fail_queue([&] { return pool_unavailable(error, retry_after); });
}

// --- ending

void PoolCore::on_violation(HostProcess& host, const std::string& what) {
  host.violation = what;
  if (take_from_caller(host)) return;
  host.distrusted = true;
  host.watch_calls(false);
  host.drain_output();
  Error error = protocol_error(host.facts(), what);
  if (!host.ready && (slot_of(host) != nullptr || slot_of_successor(host) != nullptr)) {
    error.kind = ErrorKind::kImportFailed;
    error.type = "ProtocolError";
    return fail_start(&host, std::move(error), true);
  }
  log(LogLevel::kError, host.number, "pool", error.message);
  for (const CallPtr& call : host.forget_all()) finish(call, error);
  timers_.cancel(host.obey_timer);
  if (slot_of(host) != nullptr) {
    const std::lock_guard lock(mutex_);
    last_error_ = error;
    policy_.on_crash(Clock::now());
  }
  retire(host, StopPlan::killing(), RestartCause::kViolation);
}

// When a caller has the host's channel, that caller reads what is left of it and hands it over. Returns whether one
// has.
bool PoolCore::take_from_caller(HostProcess& host) {
  const std::lock_guard lock(mutex_);
  Slot* slot = slot_of(host);
  if (slot == nullptr) return false;
  if (slot->owner == Owner::kNobody) slot->owner = Owner::kPool;  // no caller may borrow it any more
  if (slot->owner != Owner::kCaller) return false;
  slot->lost = true;
  host.cut_call_channel();
  return true;
}

HostProcess* PoolCore::take_back(int number) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<std::size_t>(number - 1)];
  slot.owner = Owner::kPool;
  return slot.process.get();
}

// Does what had to wait for a caller.
void PoolCore::reclaim(int number) { catch_up(*take_back(number)); }

void PoolCore::catch_up(HostProcess& host) {
  if (!host.violation.empty() && slot_of(host) != nullptr) on_violation(host, host.violation);
  if (host.ended) bury(host);
}

void PoolCore::on_exit(HostProcess& host) {
  if (!take_from_caller(host)) bury(host);
}

// Takes the host out of its slot, which is free for another one at once, and ends it step by step. Calls it still has
// are waited for first; the time that on_channel_end() has given them runs on.
void PoolCore::retire(HostProcess& host, StopPlan plan, RestartCause cause) {
  host.stop_plan = std::move(plan);
  leave_slot(host, cause);
  if (!host.ended && host.in_flight().empty()) stop_step(host);
}

void PoolCore::leave_slot(HostProcess& host, RestartCause cause) {
  Slot* slot = slot_of(host);
  if (slot == nullptr) return;
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

bool PoolCore::is_unavailable() const {
  return policy_.is_open() && std::ranges::none_of(slots_, [](const Slot& slot) { return slot.process != nullptr; });
}

void PoolCore::on_line(HostProcess& host, std::string_view source, std::string_view line) {
  const LogLevel level = options_.capture && host.ready ? LogLevel::kDebug
                         : source == "stderr"           ? LogLevel::kWarning
                                                        : LogLevel::kInfo;
  log(level, host.number, source, line);
}

}  // namespace provider_host::internal
