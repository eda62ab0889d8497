#include "pool/pool_core.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/utf8.h"
#include "pool/default_log.h"
#include "pool/failure.h"
#include "pool/host_program.h"
#include "provider_host/option_table.h"
#include "provider_host/pythons.h"

namespace provider_host::internal {
namespace {

constexpr double kInspectTimeout = 60;

// What a callback has thrown must not harm other calls.
void tell_thrown(LogQueue& log, std::string_view what) noexcept {
  try {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw: " + std::string(what)});
  } catch (const std::bad_alloc&) {
    log.post({LogLevel::kError, 0, "pool", "a callback of submit() threw"});
  }
}

std::optional<Error> no_script(const std::filesystem::path& script) {
  std::error_code ignored;
  Error error;
  error.kind = ErrorKind::kImportFailed;
  if (std::filesystem::is_directory(script, ignored)) {
    error.type = "IsADirectoryError";
    error.message = script.string() + " is a folder, not a provider script";
  } else if (!std::filesystem::exists(script, ignored)) {
    error.type = "FileNotFoundError";
    error.message = "there is no provider script " + script.string();
  } else {
    return std::nullopt;
  }
  error.message = to_valid_utf8(error.message);
  return error;
}

}  // namespace

PoolCore::PoolCore(PoolOptions options, Spawner spawner)
    : options_(std::move(options)),
      spawner_(std::move(spawner)),
      memory_policy_(options_.max_rss),
      policy_(options_.max_consecutive_crashes, Jitter()),
      log_(std::make_shared<LogQueue>(options_.log ? std::move(options_.log) : default_log())),
      callbacks_(options_.callbacks, [log = log_](std::string_view what) { tell_thrown(*log, what); }) {
  check_options(options_);
  const auto script = std::filesystem::absolute(options_.script).lexically_normal();
  if (auto error = no_script(script)) throw ImportFailed(std::move(*error));
  script_name_ = script.filename().string();
  const Interpreter interpreter = find_interpreter(options_.python);
  program_ = host_program(options_, interpreter);
  start_message_ = {.host = 1,
                    .python = interpreter.executable.string(),
                    .script = script.string(),
                    .concurrency = options_.concurrency,
                    .frame_limit = options_.frame_limit,
                    .nan = options_.nan == NanPolicy::kNull ? "null" : "error",
                    .surrogates = options_.surrogates == SurrogatePolicy::kReplace ? "replace" : "error",
                    .bytes = options_.bytes == BytesPolicy::kBase64 ? "base64" : "error",
                    .event_loop = options_.event_loop == EventLoop::kUvloop ? "uvloop" : "asyncio",
                    .memory_limit = options_.memory_limit,
                    .core_dumps = options_.core_dumps,
                    .no_new_privs = options_.no_new_privs,
                    .umask = options_.umask ? fmt::format("{:o}", *options_.umask) : "inherit"};
  slots_.resize(static_cast<std::size_t>(options_.workers));
  for (int i = 0; i < options_.workers; ++i) slots_[static_cast<std::size_t>(i)].number = i + 1;
  if (options_.workers > 8) {
    log(LogLevel::kWarning, 0, "pool", std::to_string(options_.workers) + " hosts: each holds the script's memory");
  }
}

// Any thread, perhaps one that a callback waits for: what end() has ended is not waited for again.
PoolCore::~PoolCore() {
  if (thread_.joinable()) shutdown(0, nullptr);
}

void PoolCore::start(const Interrupted& interrupted) {
  commands_.emplace_back([this] { probe_hosts(); });
  commands_.emplace_back([this] { check_memory(); });
  thread_ = std::thread([this] { run(); });
  std::unique_lock lock(mutex_);
  auto decided = [this] { return first_ready_ || start_error_; };
  while (!changed_.wait_for(lock, seconds(kInterruptInterval), decided)) {
    lock.unlock();
    const bool give_up = interrupted && interrupted();
    lock.lock();
    if (give_up) start_error_ = start_interrupted(script_name_);
  }
  if (first_ready_) return;
  Error error = *start_error_;
  lock.unlock();
  shutdown(0, nullptr);
  throw ImportFailed(std::move(error));
}

// --- calls

CallPtr PoolCore::make_call(Submission submission, CallState::OnSettled on_settled, std::optional<Error>& refused) {
  submission.call.api = followed_api(submission.call, script_api_);
  const double timeout = submission.call.timeout.value_or(options_.timeout);
  const double deadline = submission.call.deadline.value_or(options_.deadline);
  const int retries = submission.call.retries.value_or(options_.retries);
  refused = problem_with(submission, options_.frame_limit);
  if (refused) submission = {};
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_id_++;
  }
  const CallLimits limits = refused ? CallLimits{} : CallLimits{timeout, deadline, retries};
  auto state = std::make_shared<CallState>(id, std::move(submission), limits, Clock::now(), std::move(on_settled));
  state->pool = weak_from_this();
  if (!refused) refused = quarantined_input(*state);
  return state;
}

CallPtr PoolCore::submit(Submission submission, CallState::OnSettled on_settled, const RoomWait& wait) {
  if (on_settled && !callbacks_.start()) {
    throw std::logic_error("a callback must not submit to a pool that is being destroyed");
  }
  leave_leases();  // it may be waited for
  const double queue_wait = submission.call.queue_wait.value_or(options_.queue_wait);
  std::optional<Error> refused;
  CallPtr state = make_call(std::move(submission), std::move(on_settled), refused);
  if (refused) {
    refuse(state, std::move(*refused));
  } else {
    enqueue(state, queue_wait, wait);
  }
  return state;
}

Outcome PoolCore::call(Submission submission, const Interrupted& interrupted) {
  prepare_to_wait();
  const double queue_wait = submission.call.queue_wait.value_or(options_.queue_wait);
  std::optional<Error> refused;
  const CallPtr state = make_call(std::move(submission), nullptr, refused);
  if (refused) {
    refuse(state, std::move(*refused));
  } else if (Slot* slot = borrow(*state)) {
    return exchange_with(*slot, state, interrupted);
  } else {
    state->keep_prompt();
    enqueue(state, queue_wait, {.interrupted = interrupted});
  }
  return wait_for_settling(state, interrupted);
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

ScriptReport PoolCore::inspect(const Interrupted& interrupted) {
  prepare_to_wait();
  CallPtr call;
  {
    const std::lock_guard lock(mutex_);
    call = CallState::inspection(next_id_++, kInspectTimeout, Clock::now());
  }
  enqueue(call, options_.queue_wait, {.interrupted = interrupted});
  const Outcome outcome = wait_for_settling(call, interrupted);
  if (!outcome) throw std::runtime_error("the script cannot be inspected: " + outcome.error().message);
  const auto json = outcome.value();
  ScriptReport report = std::move(*call->report);
  for (const auto& function : json.at("functions")) {
    report.functions.push_back(
        {function.at("name"), function.at("kind"), function.at("signature"), function.at("faults")});
  }
  report.suggestions = json.at("suggestions").get<std::vector<std::string>>();
  report.tasks = json.at("tasks").get<std::vector<std::string>>();
  return report;
}

bool PoolCore::is_running(const CallState& call) const {
  const std::lock_guard lock(mutex_);
  return !call.settled() && call.host != 0;
}

bool PoolCore::cancel(const CallPtr& call) {
  if (call->settled()) return false;
  ask(call, CallState::Wish::kCancel);
  return true;
}

bool PoolCore::withdraw(const CallPtr& call) {
  if (call->settled()) return false;
  ask(call, CallState::Wish::kWithdraw);
  return true;
}

// Needs no memory: whoever has none can still cancel.
void PoolCore::ask(const CallPtr& call, CallState::Wish wish) {
  {
    const std::lock_guard lock(mutex_);
    if (call->wish == CallState::Wish::kNone) wishes_.push_back(call);
    call->wish = std::max(call->wish, wish);
  }
  poller_.wake();
}

void PoolCore::post(std::function<void()> command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  poller_.wake();
}

// --- what callers see

void PoolCore::record(const Outcome& outcome, const CallState& call) {
  const std::lock_guard lock(mutex_);
  count(outcome, call);
}

// A call that is settled before it had any place.
void PoolCore::refuse(const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  {
    const std::lock_guard lock(mutex_);
    counters_.on_submitted();
    count(outcome, *call);
  }
  if (call->settle(std::move(outcome)) && call->has_callback()) callbacks_.post(call);
}

void PoolCore::count(const Outcome& outcome, const CallState& call) {
  if (outcome) {
    counters_.on_succeeded();
  } else {
    counters_.on_failed(outcome.error().kind);
  }
  if (call.started == TimePoint{}) return;
  counters_.on_times(outcome.ok(), to_seconds(call.started - call.submitted) * 1000, call.elapsed_ms());
}

// The counters are right by the time the caller sees the outcome. When the callback ran here, has forked and comes back
// in the child, this thread is the only one there, and must not go on with the parent's hosts.
void PoolCore::settle(const CallPtr& call, Outcome outcome) {
  if (call->settled()) return;
  record(outcome, *call);
  if (call->settle(std::move(outcome)) && call->has_callback()) callbacks_.post(call);
  if (!is_here()) std::exit(EXIT_SUCCESS);  // NOLINT(concurrency-mt-unsafe): the only thread
}

PoolStats PoolCore::stats() const {
  PoolStats stats = counted();
  for (HostStats& host : stats.hosts) look_at_process(host);
  return stats;
}

PoolStats PoolCore::counted() const {
  const std::lock_guard lock(mutex_);
  PoolStats stats = counters_.stats();
  stats.queued = queue_.size();
  for (const Slot& slot : slots_) {
    const char* state = slot.process == nullptr ? "down" : closing_ ? "stopping" : slot.ready ? "ready" : "starting";
    const std::uint64_t restarts = slot.starts > 0 ? slot.starts - 1 : 0;
    stats.restarts += restarts;
    stats.hosts.push_back({.number = slot.number,
                           .pid = slot.process ? slot.process->pid() : 0,
                           .state = state,
                           .in_flight = slot.in_flight,
                           .calls = slot.calls,
                           .restarts = restarts,
                           .health = health_of(slot)});
  }
  return stats;
}

void PoolCore::throw_in_child() const {
  throw std::logic_error("this pool belongs to process " + std::to_string(process_.pid()) +
                         ", from which this one was forked; a pool and its hosts cannot be shared, so make one in each "
                         "process, after the fork");
}

void PoolCore::prepare_to_wait() const {
  if (std::this_thread::get_id() != pool_thread_) return leave_leases();
  throw std::logic_error(
      "a callback on the thread that settles calls (CallbackThread::kSettling) must not wait for the pool; hand the "
      "outcome to a thread of your own, or let callbacks run on theirs (CallbackThread::kOwn)");
}

void PoolCore::log(LogLevel level, int host, std::string_view source, std::string_view text) {
  log_->post({level, host, source, text});
}

}  // namespace provider_host::internal
