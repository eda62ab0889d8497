#include "pool/pool_core.h"

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "platform/process_state.h"
#include "pool/call/call_block.h"
#include "pool/call/failure.h"
#include "pool/default_log.h"
#include "provider_host/option_table.h"
#include "wire/path_text.h"

namespace provider_host::internal {
namespace {

constexpr double kInspectTimeout = 60;

// What a callback has thrown must not harm other calls.
void log_exception(LogQueue& log, std::string_view what) noexcept {
  try {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw: " + std::string(what)});
  } catch (const std::bad_alloc&) {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw"});
  }
}

PoolOptions checked(PoolOptions options) {
  check_options(options);
  return options;
}

}  // namespace

std::shared_ptr<PoolCore> PoolCore::of(const CallState& call) {
  if (call.settled()) return nullptr;
  auto pool = call.pool();
  if (pool != nullptr) pool->check_process();
  return pool;
}

PoolCore::PoolCore(PoolOptions options, Launcher::Spawner spawner)
    : options_(checked(std::move(options))),
      log_(std::make_shared<LogQueue>(options_.log ? options_.log : default_log())),
      callbacks_(options_.callbacks, [log = log_](std::string_view what) { log_exception(*log, what); }),
      metrics_(static_cast<std::size_t>(options_.workers.max)),
      queue_(options_.max_queue, metrics_),
      leases_(static_cast<std::size_t>(options_.workers.max), reactor_),
      fast_path_(reactor_, leases_, metrics_, cancellations_),
      stream_path_(reactor_, leases_, metrics_),
      settler_(queue_, metrics_, callbacks_),
      engine_({options_, reactor_, queue_, leases_, cancellations_, credit_requests_, quarantine_, metrics_, settler_,
               phase_, start_result_, *log_},
              Launcher(options_, std::move(spawner), *log_)) {
  if (options_.workers.max > 8) {
    const std::string text = std::to_string(options_.workers.max) + " hosts: each holds the script's memory";
    log_->post({LogLevel::kWarning, 0, "pool", text});
  }
}

// Any thread, perhaps one that a callback waits for: what end() has ended is not waited for again.
PoolCore::~PoolCore() {
  if (reactor_.is_joinable()) shutdown(0, nullptr);
}

void PoolCore::start(const Interrupted& interrupted) {
  reactor_.post([this] { engine_.watch(); });
  reactor_.start(engine_);
  if (!options_.wait_for_start) return;
  while (!start_result_.wait_until(Clock::now() + seconds(kInterruptInterval))) {
    if (interrupted && interrupted()) start_result_.on_failed(start_interrupted(engine_.script_name()));
  }
  auto error = start_result_.error();
  if (!error) return;
  shutdown(0, nullptr);
  throw ImportFailed(std::move(*error));
}

bool PoolCore::wait_for_start(double seconds) const {
  prepare_to_wait();
  return start_result_.wait_until(Clock::now() + internal::seconds(seconds));
}

// --- calls

// What a call may take that is not refused. Nothing of its own is kept when it is: it may be wrong.
CallLimits PoolCore::check(Submission& submission, std::optional<Error>& refused) const {
  Call& call = submission.call;
  call.api = followed_api(call, engine_.script_api());
  refused = find_error(submission, options_.frame_limit);
  if (refused) {
    submission = {.call = {}, .mode = submission.mode};
    return {};
  }
  const double item_timeout = call.item_timeout.value_or(options_.item_timeout);
  if (item_timeout > 0 && submission.mode == wire::CallMode::kCall) submission.mode = wire::CallMode::kWatched;
  return {.timeout = call.timeout.value_or(options_.timeout),
          .item_timeout = item_timeout,
          .deadline = call.deadline.value_or(options_.deadline),
          .retries = call.retries.value_or(options_.retries),
          .queue_wait = call.queue_wait.value_or(options_.queue_wait)};
}

CallPtr PoolCore::make_call(Submission submission, CallState::OnSettled on_settled, std::optional<Error>& refused) {
  const CallLimits limits = check(submission, refused);
  auto state =
      std::make_shared<CallState>(++last_id_, std::move(submission), limits, Clock::now(), std::move(on_settled));
  state->own_pool = weak_from_this();
  if (!refused) refused = quarantined_input(*state);
  return state;
}

// Makes the calls; those that are refused are listed too.
void PoolCore::make_calls(std::span<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                          std::vector<CallPtr>& made, std::vector<Refused>& refusals) {
  const TimePoint now = Clock::now();
  std::uint64_t last_id = last_id_.fetch_add(calls.size());
  made.reserve(calls.size());
  while (!calls.empty()) {
    const std::span<TaggedCall> together = calls.first(CallBlock::size_for(calls));
    const auto block = std::make_shared<CallBlock>(together, weak_from_this(), sink);
    for (TaggedCall& each : together) {
      Submission submission{.call = std::move(each.call)};
      std::optional<Error> refused;
      const CallLimits limits = check(submission, refused);
      CallState& call = block->add(++last_id, std::move(submission), limits, now, each.tag);
      made.emplace_back(block, &call);
      if (!refused) refused = quarantined_input(call);
      if (refused) refusals.push_back({made.back(), std::move(*refused)});
    }
    calls = calls.subspan(together.size());
  }
}

// Why this input is not tried again; nothing when it may be.
std::optional<Error> PoolCore::quarantined_input(const CallState& call) const {
  if (options_.quarantine_after == 0) return std::nullopt;
  const int crashes = quarantine_.crashes(call.input_hash());
  if (crashes < options_.quarantine_after) return std::nullopt;
  return quarantined(crashes, call.function);
}

// Whether its caller may talk to an idle host: others that wait come first.
bool PoolCore::may_lease(const CallState& call) const {
  return Dispatcher::has_fast_path(options_) && call.affinity.empty() && queue_.empty();
}

// The flow of a blocking call: a host that is idle, else the queue.
Outcome PoolCore::call(Submission submission, const Interrupted& interrupted) {
  static const Interrupted kNobody;
  prepare_to_wait();
  std::optional<Error> refused;
  const CallPtr call = make_call(std::move(submission), nullptr, refused);
  if (refused) {
    settler_.refuse(call, std::move(*refused));
    return call->take();
  }
  if (may_lease(*call)) {
    Outcome outcome;
    switch (fast_path_.run(call, interrupted, outcome)) {
      case FastPath::Result::kSettled:
        return outcome;
      case FastPath::Result::kTransferred:
        return wait_for_settling(call, interrupted);
      case FastPath::Result::kInterrupted:
        return wait_for_settling(call, kNobody);
      case FastPath::Result::kNoHost:
        break;
    }
  }
  call->keep_prompt();
  enqueue(call, CapacityWait::How::kBlocking, interrupted);
  return wait_for_settling(call, interrupted);
}

CallPtr PoolCore::submit(Submission submission, CallState::OnSettled on_settled, const Interrupted& interrupted) {
  return submit(std::move(submission), std::move(on_settled), CapacityWait::How::kBlocking, interrupted);
}

CallPtr PoolCore::submit_nonblocking(Submission submission, CallState::OnSettled on_settled) {
  return submit(std::move(submission), std::move(on_settled), CapacityWait::How::kInQueue, nullptr);
}

CallPtr PoolCore::submit(Submission submission, CallState::OnSettled on_settled, CapacityWait::How how,
                         const Interrupted& interrupted) {
  if (on_settled) start_callbacks();
  fast_path_.leave_exchanges();  // the call may be waited for
  std::optional<Error> refused;
  CallPtr call = make_call(std::move(submission), std::move(on_settled), refused);
  if (refused) {
    settler_.refuse(call, std::move(*refused));
  } else {
    enqueue(call, how, interrupted);
  }
  return call;
}

CallPtr PoolCore::stream(Submission submission, StreamCallbacks callbacks) {
  submission.mode = wire::CallMode::kStream;
  const bool has_callbacks = callbacks.on_item != nullptr;
  if (has_callbacks) start_callbacks();
  fast_path_.leave_exchanges();
  std::optional<Error> refused;
  CallPtr call = make_call(std::move(submission), std::move(callbacks.on_end), refused);
  call->items->on_item = std::move(callbacks.on_item);
  call->items->on_readable = std::move(callbacks.on_readable);
  if (refused) {
    settler_.refuse(call, std::move(*refused));
  } else if (has_callbacks || call->items->on_readable || !may_lease(*call) || !stream_path_.begin(call)) {
    enqueue(call, CapacityWait::How::kInQueue, nullptr);
  }
  return call;
}

void PoolCore::start_callbacks() {
  if (!callbacks_.start()) {
    throw std::logic_error("a callback must not submit to a pool that is being destroyed");
  }
}

std::vector<CallPtr> PoolCore::submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                           const Interrupted& interrupted) {
  return submit_many(std::move(calls), sink, CapacityWait::How::kBlocking, interrupted);
}

std::vector<CallPtr> PoolCore::submit_many_nonblocking(std::vector<TaggedCall> calls,
                                                       const std::shared_ptr<OutcomeSink>& sink) {
  return submit_many(std::move(calls), sink, CapacityWait::How::kInQueue, nullptr);
}

// All are made before the first can settle, so that without memory nothing has happened.
std::vector<CallPtr> PoolCore::submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                           CapacityWait::How how, const Interrupted& interrupted) {
  const auto self = shared_from_this();  // where calls settle here, the sink may destroy the pool
  if (sink != nullptr) start_callbacks();
  fast_path_.leave_exchanges();
  std::vector<CallPtr> made;
  std::vector<Refused> refusals;
  make_calls(calls, sink, made, refusals);
  for (auto& [call, error] : refusals) settler_.refuse(call, std::move(error));
  enqueue_many(made, how, interrupted);
  return made;
}

// What `interrupted` throws reaches the caller once all have been queued or settled.
void PoolCore::enqueue_many(std::span<const CallPtr> calls, CapacityWait::How how, const Interrupted& interrupted) {
  try {
    while (true) {
      const std::size_t queued = queue_.push_many(calls);
      if (queued > 0) reactor_.wake();
      calls = calls.subspan(queued);
      if (calls.empty()) return;
      const CallPtr& next = calls.front();
      calls = calls.subspan(1);
      if (!enqueue(next, how, interrupted)) return cancel_unqueued(calls);
    }
  } catch (...) {
    if (is_here()) cancel_unqueued(calls);
    throw;
  }
}

void PoolCore::cancel_unqueued(std::span<const CallPtr> calls) {
  for (const CallPtr& call : calls) {
    if (!call->settled()) settler_.refuse(call, cancelled(false));
  }
}

// Queues the call, or settles it with the reason why not; returns whether its caller goes on, as nobody has interrupted
// it. The reactor, which makes for capacity, never waits for it.
bool PoolCore::enqueue(const CallPtr& call, CapacityWait::How how, const Interrupted& interrupted) {
  if (how == CapacityWait::How::kBlocking && reactor_.is_this_thread()) how = CapacityWait::How::kNone;
  auto refusal = queue_.push(call, {.how = how, .seconds = call->queue_wait, .interrupted = &interrupted});
  if (!refusal) {
    reactor_.wake();
    return true;
  }
  const bool is_interrupted = refusal->error.kind == ErrorKind::kCancelled;
  settler_.refuse(call, std::move(refusal->error));
  if (refusal->thrown) std::rethrow_exception(refusal->thrown);
  return !is_interrupted;
}

// Whatever `interrupted` throws reaches the caller once the call is settled: its prompt may be the caller's.
Outcome PoolCore::wait_for_settling(const CallPtr& call, const Interrupted& interrupted) {
  if (!interrupted) return call->take();
  try {
    while (!call->wait_for(kInterruptInterval)) {
      if (!interrupted()) continue;
      cancel(call);
      break;
    }
  } catch (...) {
    if (!is_here()) throw;
    cancel(call);
    call->wait();
    throw;
  }
  return call->take();
}

// Needs no memory: a caller that has none left can still cancel.
bool PoolCore::request_cancel(const CallPtr& call, CallState::CancelRequest kind) {
  if (call->settled()) return false;
  cancellations_.request(call, kind);
  reactor_.wake();
  return true;
}

// --- what there is to know

ScriptReport PoolCore::inspect(const Interrupted& interrupted) {
  prepare_to_wait();
  const CallPtr call =
      CallState::inspection(++last_id_, {.timeout = kInspectTimeout, .queue_wait = options_.queue_wait}, Clock::now());
  enqueue(call, CapacityWait::How::kBlocking, interrupted);
  const Outcome outcome = wait_for_settling(call, interrupted);
  if (!outcome) throw InspectionFailed(outcome.error());
  const auto json = outcome.value();
  ScriptReport report = std::move(*call->report);
  for (const auto& function : json.at("functions")) {
    report.functions.push_back({function.at("name"), function.at("kind"), function.at("streams"),
                                function.at("signature"), function.at("faults")});
  }
  report.suggestions = json.at("suggestions").get<std::vector<std::string>>();
  report.tasks = json.at("tasks").get<std::vector<std::string>>();
  for (const auto& file : json.at("files")) report.files.push_back(wire::path_of(file.get<std::string>()));
  return report;
}

PoolStats PoolCore::stats() const {
  PoolStats stats = metrics_.stats(phase_.is_closing());
  stats.queued += queue_.size();
  for (HostStats& host : stats.hosts) {
    if (host.pid == 0) continue;
    if (platform::is_stopped(host.pid)) host.health.process = "stopped";
    host.rss = platform::resident_bytes(host.pid).value_or(0);
  }
  return stats;
}

// The reactor ends without a word when the pool does.
void PoolCore::reload(const Interrupted& interrupted) {
  prepare_to_wait();
  const auto result = std::make_shared<Reloader::Result>();
  std::future<std::optional<Error>> decided = result->get_future();
  reactor_.post([this, result, program = Launcher::resolve(options_)] { engine_.begin_reload(program, result); });
  const std::chrono::duration<double> interval(kInterruptInterval);
  do {
    if (phase_.is_closing()) throw ImportFailed(shutting_down());
    if (interrupted && interrupted()) throw ImportFailed(reload_interrupted(engine_.script_name()));
  } while (decided.wait_for(interval) != std::future_status::ready);
  if (auto error = decided.get()) throw ImportFailed(std::move(*error));
}

PoolStats PoolCore::check_health(double limit, const Interrupted& interrupted) {
  prepare_to_wait();
  return engine_.health().check(limit, interrupted, [this] { return stats(); });
}

void PoolCore::throw_in_child() const {
  throw std::logic_error("this pool belongs to process " + std::to_string(process_.pid()) +
                         ", from which this one was forked; a pool and its hosts cannot be shared, so make one in each "
                         "process, after the fork");
}

void PoolCore::prepare_to_wait() const {
  if (!reactor_.is_this_thread()) return fast_path_.leave_exchanges();
  throw std::logic_error(
      "a callback on the thread that settles calls (CallbackThread::kSettling) must not wait for the pool; hand the "
      "outcome to a thread of your own, or let callbacks run on theirs (CallbackThread::kOwn)");
}

// --- the end

// A second shutdown with a shorter drain shortens the first. Each waits for the callbacks of what has settled by then,
// but a callback for none: its own thread runs them.
void PoolCore::shutdown(double drain_seconds, const Interrupted& interrupted) {
  prepare_to_wait();
  close(drain_seconds);
  if (interrupted) wait_for_end(interrupted);
  reactor_.join();
  callbacks_.drain();
  log_->flush();
}

// Shutdown stops once all three are closed and nothing is left to do, so no call can come in after its last look.
void PoolCore::close(double drain_seconds) {
  queue_.close();
  leases_.close();
  phase_.begin_drain(Clock::now() + seconds(drain_seconds));
  reactor_.wake();
}

// Once interrupted, nothing is waited for any more.
void PoolCore::wait_for_end(const Interrupted& interrupted) {
  while (!reactor_.wait_for_end(Clock::now() + seconds(kInterruptInterval))) {
    if (interrupted()) return close(0);
  }
}

void PoolCore::end(std::shared_ptr<PoolCore> self) {
  if (!is_here()) {
    self_ = std::move(self);  // nothing of it is destroyed
    return;
  }
  if (reactor_.is_this_thread()) {
    reactor_.detach(std::move(self));
    return close(options_.shutdown_timeout);
  }
  shutdown(options_.shutdown_timeout, nullptr);
  callbacks_.close();
}

}  // namespace provider_host::internal
