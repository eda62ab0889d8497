#include "cli/batch/batch_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <thread>
#include <utility>

#include "cli/batch/output/line_digest.h"
#include "cli/batch/output/written_calls_report.h"
#include "cli/commands/output_record.h"
#include "cli/exit_code.h"
#include "cli/io/json_text.h"
#include "cli/io/output_error.h"
#include "platform/thread.h"

namespace provider_host::cli {
namespace {

// Lines are written together up to about this size.
constexpr std::size_t kWriteSize = std::size_t{1} << 20;
// Field names that are remembered for their warning; more of them are not warned about.
constexpr std::size_t kMaxUnknownFields = 20;

BatchWindow::Limits window_limits(const BatchOptions& options, const RunnerCapacity& capacity) {
  BatchWindow::Limits limits;
  // Calls that wait for an earlier call of their key stay in the window. It must have space for calls behind them.
  const std::size_t factor = options.affinity.empty() ? 1 : 16;
  limits.calls = factor * std::max(std::size_t{64}, 4 * capacity.running);
  limits.fast_calls = capacity.fast_calls;
  limits.bytes = capacity.bytes;
  limits.ordered = !options.unordered;
  return limits;
}

bool was_not_made(const Outcome& outcome) {
  return !outcome &&
         (outcome.error().kind == ErrorKind::kCancelled || outcome.error().kind == ErrorKind::kShuttingDown);
}

}  // namespace

BatchRun::BatchRun(Parts parts, const ScriptSpec& spec, CallArguments arguments)
    : parts_(parts),
      parser_({.api = parts.options.api,
               .api_of_script = parts.runner.default_api(),
               .function = spec.function,
               .arguments = std::move(arguments),
               .identity = TestIdentity(spec),
               .knows_inputs = parts.options.pool.quarantine_after > 0,
               .affinity = parts.options.affinity},
              [this](const std::string& name) { warn_unknown_field(name); }),
      window_(std::make_shared<BatchWindow>(window_limits(parts.options, parts.runner.capacity()))),
      total_(parts.session.console.threshold() == LogThreshold::kOff ? std::nullopt : parts.input.count()),
      started_(std::chrono::steady_clock::now()) {
  parts_.runner.begin(window_, [this](const RunnerLoss& loss) { on_lost(loss); });
}

int BatchRun::run() {
  report_written_calls(parts_.output, parts_.session.console);
  const SignalScope scope(parts_.session.signals, [this](int count) { on_signal(count); });
  {
    // No bar on a terminal that shows the results.
    const bool results_on_terminal = ::isatty(parts_.output.fd()) == 1;
    const Progress progress(parts_.session.console, !results_on_terminal, [this] { return snapshot(); });
    std::thread writer = platform::start_thread("the thread that writes results", [this] { write_all_settled(); });
    try {
      read_all();
    } catch (...) {
      abort_run(StopReason::kFailed);
    }
    window_->finish();
    writer.join();
  }
  return finish();
}

// --- reading

void BatchRun::read_all() {
  parts_.input.before_read([this] {
    try {
      submit_block();
    } catch (...) {  // not an error of the input
      submit_failure_ = std::current_exception();
    }
  });
  while (has_space()) {
    const auto line = parts_.input.next();
    if (submit_failure_ != nullptr) std::rethrow_exception(submit_failure_);
    if (!line) {
      submit_block();
      input_ended_ = parts_.stop.reason() == StopReason::kNone;
      if (parts_.check != nullptr && input_ended_) parts_.check->conclude();
      if (input_ended_) warn_unused_affinity();
      return;
    }
    end_index_ = line->index + 1;
    if (parts_.output.written_calls().find(line->index) == nullptr) {
      accept(*line);
    } else if (parts_.check != nullptr) {
      parts_.check->check(line->index, line->line, line->text, parts_.input.is_text());
    }
  }
}

// Passes on the block first when it is full, or fills the window.
bool BatchRun::has_space() {
  if (block_.is_full() || block_.size() >= space_) submit_block();
  if (space_ == 0) space_ = window_->wait_for_space();
  return space_ > 0;
}

void BatchRun::accept(const InputItem& line) {
  BatchItem item;
  item.index = line.index;
  item.line = line.line;
  item.end_offset = line.end_offset;
  if (parts_.output.is_resumable()) item.input = digest_of_line(line.text);
  if (!line.error.empty()) {
    item.call = invalid_line(line.line, line.error);
  } else if (parts_.input.is_text()) {
    parser_.parse_prompt(line.text, item);
  } else {
    parser_.parse_object(line.text, item);
  }
  if (const Call* call = std::get_if<Call>(&item.call)) {
    if (!call->affinity.empty() && calls_with_key_ == 0) warn_split_conversations();
    ++(call->affinity.empty() ? calls_without_key_ : calls_with_key_);
  }
  block_.add(std::move(item));
}

void BatchRun::submit_block() {
  if (block_.size() == 0) return;
  space_ -= std::min(space_, block_.size());
  auto calls = block_.move_to(*window_);
  if (!calls) return;
  if (!window_->has_space_for_bytes()) space_ = 0;
  // A signal does not wait for calls that cannot be taken now.
  const auto is_stopping = [this] { return parts_.stop.reason() != StopReason::kNone; };
  parts_.runner.submit(std::move(*calls), is_stopping);
  // A signal may have given up waiting for this thread.
  if (parts_.stop.reason() == StopReason::kInterrupted) parts_.runner.withdraw_waiting();
}

void BatchRun::warn_unknown_field(const std::string& name) {
  if (unknown_fields_.size() >= kMaxUnknownFields || !unknown_fields_.insert(name).second) return;
  parts_.session.console.note(LogLevel::kWarning, "the field '" + name + "' in the input means nothing and is ignored");
}

void BatchRun::warn_unused_affinity() {
  if (parts_.options.affinity.empty() || calls_with_key_ > 0 || calls_without_key_ == 0) return;
  parts_.session.console.note(LogLevel::kWarning,
                              "--affinity: no call has a value of '" + parts_.options.affinity +
                                  "', so that any host ran any of them; is it a field of the lines, or a variable?");
}

void BatchRun::warn_split_conversations() {
  if (parts_.options.shard.is_all()) return;
  parts_.session.console.note(LogLevel::kWarning,
                              "--shard goes by the index of a line, so lines with one affinity key are in several "
                              "shards, and not in one host; for conversations, split INPUT itself");
}

void BatchRun::note_that_nothing_is_due() {
  const std::string input = "the input '" + parts_.input.name() + "'";
  if (parts_.options.shard.is_all()) {
    parts_.session.console.note(LogLevel::kWarning, input + " has no calls; nothing to do");
  } else {
    parts_.session.console.note(
        LogLevel::kInfo, input + " has no calls for shard " + to_string(parts_.options.shard) + "; nothing to do");
  }
}

// --- writing

void BatchRun::write_all_settled() {
  for (auto settled = window_->take(); !settled.empty(); settled = window_->take()) {
    if (parts_.stop.reason() >= StopReason::kOutputClosed) continue;  // what is left goes nowhere
    try {
      write(settled);
    } catch (const OutputClosed&) {
      abort_run(StopReason::kOutputClosed);
    } catch (...) {
      abort_run(StopReason::kFailed);
    }
  }
}

void BatchRun::write(std::span<SettledItem* const> settled) {
  text_.clear();
  for (const SettledItem* each : settled) {
    append(text_, *each);
    if (text_.size() < kWriteSize) continue;
    parts_.output.write(text_);
    text_.clear();
    if (text_.capacity() > 2 * kWriteSize) text_ = {};  // one result was huge
  }
  parts_.output.write(text_);
}

void BatchRun::append(std::string& text, const SettledItem& settled) {
  const auto& [item, outcome] = settled;
  if (was_not_made(outcome) && parts_.stop.reason() != StopReason::kNone) return;  // --resume makes it
  const bool capture = parts_.options.pool.capture;
  if (outcome) {
    append_output_record(text, item.index, item.id, outcome, capture, item.input);
    counters_.add_ok(outcome.json(), item.end_offset);
  } else {
    Error error = outcome.error();
    // The pool does not know about lines.
    const bool by_pool = error.kind == ErrorKind::kInvalidRequest && item.is_call;
    if (by_pool) error.message = invalid_line(item.line, error.message).message;
    Outcome named = Outcome::failure(error);
    named.latency_ms = outcome.latency_ms;
    named.host = outcome.host;
    named.pid = outcome.pid;
    named.stdout_text = outcome.stdout_text;
    named.stderr_text = outcome.stderr_text;
    append_output_record(text, item.index, item.id, named, capture, item.input);
    if (counters_.add_failure(error.kind, item.end_offset)) {
      const std::string location = error.message.starts_with("line ") ? "" : "line " + std::to_string(item.line) + ": ";
      parts_.session.console.note(LogLevel::kWarning,
                                  "first " + std::string(to_string(error.kind)) + ": " + location + error.message);
    }
  }
  text += '\n';
}

// --- stopping

void BatchRun::on_signal(int count) {
  Console& console = parts_.session.console;
  if (count > 1) {
    parts_.stats.write_at_once(parts_.runner, counters_.snapshot().usage);
    parts_.runner.end_at_once();
    console.remove_bar();
    std::_Exit(kInterrupted);
  }
  parts_.stop.stop(StopReason::kInterrupted);
  window_->close();
  parts_.runner.withdraw_waiting();
  console.note(LogLevel::kWarning, "interrupted: waiting for the calls that are running; once more to end at once");
}

void BatchRun::on_lost(const RunnerLoss& loss) {
  loss_ = loss;
  parts_.stop.stop(StopReason::kRunnerLost);
  window_->close();
}

// Must be called in a catch block.
void BatchRun::abort_run(StopReason reason) {
  parts_.stop.stop(reason, reason == StopReason::kFailed ? std::current_exception() : nullptr);
  window_->close();
  parts_.runner.end_at_once();
}

// --- the end

double BatchRun::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

ProgressSnapshot BatchRun::snapshot() const {
  return {counters_.snapshot(), parts_.output.written_calls().size(), total_, parts_.input.size(), seconds()};
}

int BatchRun::finish() {
  const double seconds = this->seconds();
  parts_.runner.finish();
  Console& console = parts_.session.console;
  const CallCounts counts = counters_.snapshot();
  const auto& written = parts_.output.written_calls();
  const StopReason reason = parts_.stop.reason();
  if (reason == StopReason::kOutputClosed) {
    parts_.stats.write(parts_.runner, counts.usage);
    return kDone;
  }
  if (input_ended_ && end_index_ == 0) note_that_nothing_is_due();
  if (input_ended_ && written.size() > 0 && written.last() >= end_index_) {
    console.note(LogLevel::kWarning, parts_.output.name() + " holds more calls than the input '" + parts_.input.name() +
                                         "' has; do they belong together?");
  }
  const bool said_nothing = reason == StopReason::kFailed && counts.done() == 0;
  if (!said_nothing) console.say(summary(counts, seconds, parts_.runner.restarts()));
  parts_.stats.write(parts_.runner, counts.usage);
  parts_.stop.rethrow();
  parts_.output.finish();
  if (reason != StopReason::kNone) return finish_early(reason);
  const bool failed = counts.failures() + counts.provider_errors + written.failed() + written.provider_errors() > 0;
  return failed ? kSomeFailed : kDone;
}

int BatchRun::finish_early(StopReason reason) {
  Console& console = parts_.session.console;
  const bool is_resumable = parts_.output.is_resumable();
  if (reason == StopReason::kRunnerLost) {
    console.note(LogLevel::kError, text_of_loss(*loss_, is_resumable));
    return kSomeFailed;
  }
  if (is_resumable) console.note(LogLevel::kInfo, kGoOn);
  return kInterrupted;
}

}  // namespace provider_host::cli
