#include "cli/batch/runner/ray/ray_runner.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <variant>

#include "cli/batch/runner/ray/ray_start.h"
#include "cli/batch/stats/counters.h"
#include "cli/exit_code.h"
#include "platform/thread.h"
#include "provider_host/interpreters.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {
namespace {

// What the bridge gets to end once it has closed its stdout, and at the end of a run besides `stop_grace`.
constexpr std::chrono::seconds kEndLimit{30};
// How much later this process may get a signal to all processes than the bridge, which says that it was one.
constexpr std::chrono::seconds kSignalWait{1};
constexpr std::chrono::seconds kLongSignalWait{5};
constexpr const char* kModule = "provider_host.ray";

PoolOptions options_for_actors(PoolOptions pool) {
  pool.max_queue = 0;  // the window is the bound; no call is to fail for being early
  pool.log = nullptr;
  return pool;
}

// Results may have what a script printed beside them.
std::size_t response_limit(std::size_t frame_limit) {
  constexpr std::size_t kMost = 0xffff'ffff;
  return std::min(kMost, 2 * frame_limit + (std::size_t{1} << 20));
}

std::string connecting_text(const std::string& address) {
  if (address == "local") return "starting Ray on this machine";
  if (address == "auto") return "connecting to the Ray cluster";
  return "connecting to the Ray cluster at " + address;
}

// The id of a call without a response must be its own; tags are such numbers, from 0.
std::uint64_t id_of(const TaggedCall& call) { return call.tag + 1; }

// Only the first has the bridge's last lines.
std::vector<TaggedOutcome> failures_of(std::span<const std::uint64_t> tags, Error error) {
  std::vector<TaggedOutcome> failures;
  failures.reserve(tags.size());
  for (const std::uint64_t tag : tags) {
    failures.push_back({tag, Outcome::failure(error)});
    error.stderr_tail.clear();
  }
  return failures;
}

std::vector<TaggedOutcome> cancelled(std::span<const std::uint64_t> tags) {
  Error error;
  error.kind = ErrorKind::kCancelled;
  error.message = "the run stopped before the call was sent";
  return failures_of(tags, error);
}

}  // namespace

RayRunner::RayRunner(PoolOptions pool, Console& console)
    : pool_(options_for_actors(std::move(pool))),
      python_(find_interpreter(pool_.python).executable.string()),
      console_(console),
      frames_(pool_.frame_limit),
      process_({python_, "-m", kModule},
               [this](std::string_view line) { console_.note(LogLevel::kInfo, "[ray] " + std::string(line)); }),
      thread_(platform::start_thread("the thread for the bridge", [this] { run(); })) {}

RayRunner::~RayRunner() {
  end_at_once();
  thread_.join();
}

// --- the start

void RayRunner::connect(const RayOptions& ray, Signals& signals) {
  const SignalScope scope(signals, [this](int) {
    end_at_once();
    std::_Exit(kInterrupted);
  });
  console_.note(LogLevel::kInfo, connecting_text(ray.address));
  send_start(ray);
  {
    MutexLock lock(mutex_);
    while (!ready_ && !failed_ && !ended_) changed_.wait(lock);
    if (!ready_) throw_failed_start();
  }
  console_.note(LogLevel::kInfo,
                "running on " + counted(ready_->actors, "actor") + " on " + counted(ready_->nodes, "node"));
}

void RayRunner::send_start(const RayOptions& ray) {
  const std::string message = ray_start_message(ray, pool_);
  const auto header = wire::encode_header(message.size());
  const std::string frame = std::string(header.data(), header.size()) + message;
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto count = process_.write_some(std::string_view(frame).substr(sent));
    if (!count) return;  // it has ended
    sent += *count;
  }
}

void RayRunner::throw_failed_start() const {
  if (failed_ && failed_->kind == ErrorKind::kImportFailed) throw ImportFailed(*failed_);
  if (failed_) throw UsageError(failed_->message + (failed_->traceback.empty() ? "" : "\n") + failed_->traceback);
  const std::string& lines = ended_->stderr_tail;
  std::string what = ended_->message;
  if (lines.find("No module named") != std::string::npos) {
    what = python_ + " has no " + kModule + "; install it there: " + python_ + " -m pip install \"provider-host[ray]\"";
  }
  const bool were_shown = console_.threshold() <= LogThreshold::kInfo;
  throw UsageError(what + (were_shown || lines.empty() ? "" : "\n" + lines));
}

RunnerCapacity RayRunner::capacity() const {
  const auto slots = static_cast<std::size_t>(pool_.workers.max) * static_cast<std::size_t>(pool_.concurrency);
  return {.running = ready_->actors * slots, .fast_calls = 16'384, .bytes = std::size_t{256} << 20};
}

// --- calls

void RayRunner::begin(std::shared_ptr<BatchWindow> window, OnLost on_lost) {
  window_ = std::move(window);
  const MutexLock lock(mutex_);
  on_lost_ = std::move(on_lost);
  if (ended_) on_lost_({*ended_, 0});
}

void RayRunner::submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) {
  frames_.clear();
  std::vector<std::uint64_t> tags;
  std::vector<TaggedOutcome> refused;
  for (const TaggedCall& call : calls) {
    if (auto error = frames_.add(id_of(call), call.call)) {
      refused.push_back({call.tag, Outcome::failure(std::move(*error))});
    } else {
      tags.push_back(call.tag);
    }
  }
  settle(refused);
  if (outstanding_.add(tags)) return send(tags, is_stopping);
  wait_until_ended();
  auto unsent = cancelled(tags);
  settle(unsent);
}

// Once the run stops only the frame that was begun is completed.
void RayRunner::send(std::span<const std::uint64_t> tags, const std::function<bool()>& is_stopping) {
  bool bridge_has_ended = false;
  std::size_t sent = 0;
  std::size_t end = frames_.bytes().size();
  while (sent < end) {
    if (is_stopping()) end = frames_.up_to_frame_end(sent);
    if (sent == end) break;
    const auto count = process_.write_some(frames_.bytes().substr(sent, end - sent));
    bridge_has_ended = !count;
    if (bridge_has_ended) break;
    sent += *count;
  }
  auto unsent = cancelled(tags.subspan(frames_.whole_frames(sent)));
  const std::size_t known = outstanding_.remove(unsent);
  if (bridge_has_ended) wait_until_ended();
  settle(std::span(unsent).first(known));
}

// Until it is known whether the run was interrupted or has lost its bridge.
void RayRunner::wait_until_ended() {
  MutexLock lock(mutex_);
  while (!ended_) changed_.wait(lock);
}

void RayRunner::settle(std::span<TaggedOutcome> outcomes) {
  if (outcomes.empty()) return;
  {
    const MutexLock lock(mutex_);
    counts_.submitted += outcomes.size();
    for (const auto& [tag, outcome] : outcomes) {
      ++(outcome.ok() ? counts_.succeeded : counts_.failed);
      if (!outcome.ok()) ++counts_.errors_by_kind[std::string(to_string(outcome.error().kind))];
    }
  }
  window_->on_settled(outcomes);
}

// --- the end

void RayRunner::withdraw_waiting() {
  if (withdrawn_.exchange(true)) return;  // a second interrupt would end the bridge at once
  process_.interrupt();
  const MutexLock lock(mutex_);
  changed_.notify_all();
}

void RayRunner::end_at_once() {
  ending_ = true;
  process_.kill();
}

void RayRunner::finish() {
  const auto limit =
      kEndLimit + std::chrono::ceil<std::chrono::seconds>(std::chrono::duration<double>(pool_.stop_grace));
  const auto until = std::chrono::steady_clock::now() + limit;
  MutexLock lock(mutex_);
  is_finishing_ = true;  // before it can end for that
  changed_.notify_all();
  lock.unlock();
  process_.close_input();
  lock.lock();
  while (!ended_ && changed_.wait_until(lock, until)) {
  }
  if (ended_) return;
  console_.note(LogLevel::kWarning, "the bridge to Ray does not end; it is killed");
  end_at_once();
  while (!ended_) changed_.wait(lock);
}

std::uint64_t RayRunner::restarts() const {
  const MutexLock lock(mutex_);
  return last_stats_ ? last_stats_->numbers.restarts : 0;
}

RunnerStats RayRunner::stats(bool /*probe*/) {
  const MutexLock lock(mutex_);
  if (last_stats_) return {last_stats_->numbers, last_stats_->json};
  return {counts_, to_json(counts_)};
}

// --- the thread that reads

void RayRunner::run() {
  std::string violation;
  try {
    read_all();
  } catch (const std::exception& error) {
    violation = error.what();
    process_.kill();
  }
  pass_on_outcomes();
  auto failures = end(violation, process_.wait_for_end(kEndLimit));
  settle(failures);
}

// Returns the outcomes of the calls that have none.
std::vector<TaggedOutcome> RayRunner::end(const std::string& violation, const process::ExitStatus& status) {
  const bool was_signalled = status.exit_code == kInterrupted;
  const auto until = std::chrono::steady_clock::now() + (was_signalled ? kLongSignalWait : kSignalWait);
  MutexLock lock(mutex_);
  const bool may_be_signalled = ready_ && !failed_ && violation.empty();
  while (may_be_signalled && is_left_alone() && !is_finishing_ && changed_.wait_until(lock, until)) {
  }
  const Error error = reason_of_end(violation, status);
  const std::vector<std::uint64_t> tags = outstanding_.end();
  if (is_left_alone() && !is_finishing_) {
    if (on_lost_) on_lost_({error, tags.size()});
  } else if (is_left_alone() && !last_stats_) {
    console_.note(LogLevel::kWarning, error.message + "; its statistics are missing");
  }
  ended_ = error;
  changed_.notify_all();
  return failures_of(tags, error);
}

bool RayRunner::is_left_alone() const { return !ending_ && !withdrawn_; }

void RayRunner::read_all() {
  wire::FrameDecoder decoder(response_limit(pool_.frame_limit));
  while (process_.receive(decoder)) {
    while (decoder.next() == wire::FrameDecoder::Event::kFrame) {
      if (auto outcome = response_reader_.read(decoder.payload())) {
        --outcome->tag;  // its id
        outcomes_.push_back(std::move(*outcome));
      } else {
        take(read_bridge_message(decoder.payload()));
      }
    }
    if (!decoder.violation().empty()) throw std::runtime_error(decoder.violation());
    pass_on_outcomes();
  }
}

void RayRunner::take(BridgeMessage message) {
  if (const auto* log = std::get_if<BridgeLog>(&message)) {
    return console_.log({log->level, log->host, log->source, log->text});
  }
  const MutexLock lock(mutex_);
  if (const auto* ready = std::get_if<BridgeReady>(&message)) {
    if (!ready_) ready_ = *ready;
  } else if (auto* failed = std::get_if<BridgeFailed>(&message)) {
    failed_ = std::move(failed->error);
  } else {
    last_stats_ = std::move(std::get<BridgeStats>(message));
  }
  changed_.notify_all();
}

void RayRunner::pass_on_outcomes() {
  const std::size_t known = outstanding_.remove(outcomes_);
  if (known < outcomes_.size() && !std::exchange(has_warned_, true)) {
    console_.note(LogLevel::kWarning,
                  "the bridge to Ray has responded to a call that it did not have; all such responses are ignored");
  }
  settle(std::span(outcomes_).first(known));
  outcomes_.clear();
}

Error RayRunner::reason_of_end(const std::string& violation, const process::ExitStatus& status) const {
  const std::string bridge = "the bridge to Ray (" + python_ + " -m " + kModule + ") ";
  Error error;
  error.stderr_tail = process_.last_lines();
  if (ending_) {
    error.kind = ErrorKind::kShuttingDown;
    error.message = "the run has ended";
  } else if (!violation.empty()) {
    error.kind = ErrorKind::kProtocolError;
    error.message = bridge + "has broken the protocol, and was killed: " + violation;
  } else if (withdrawn_) {
    error.kind = ErrorKind::kCancelled;
    error.message = bridge + process::describe(status) + " after the run was interrupted";
  } else {
    error.kind = ErrorKind::kPoolUnavailable;
    error.message = bridge + (failed_ ? "has given up: " + failed_->message : process::describe(status));
  }
  return error;
}

}  // namespace provider_host::cli
