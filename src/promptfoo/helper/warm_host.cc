#include "promptfoo/helper/warm_host.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <exception>
#include <utility>

#include "platform/process_identity.h"
#include "platform/process_state.h"
#include "promptfoo/helper/failure_text.h"
#include "promptfoo/helper/interpreter_resolution.h"

namespace provider_host::promptfoo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPrintedLimit = std::size_t{1} << 20;
constexpr std::size_t kToldLimit = std::size_t{16} << 10;  // more than an error has of last lines

void add_line(std::string& text, std::string_view line) {
  if (text.size() + line.size() < kPrintedLimit) text.append(line).append("\n");
}

// After other errors the host has ended, or its code was interrupted.
bool leaves_host_intact(const Outcome& outcome) {
  if (outcome.ok()) return true;
  const ErrorKind kind = outcome.error().kind;
  return kind == ErrorKind::kPythonException || kind == ErrorKind::kFunctionNotFound ||
         kind == ErrorKind::kInvalidResponse || kind == ErrorKind::kInvalidRequest;
}

}  // namespace

PoolOptions WarmHost::options_for(const HostSettings& settings, const fs::path& script,
                                  std::shared_ptr<Printed> printed) {
  PoolOptions options;
  options.script = script;
  auto [executable, environment] = resolve_interpreter(settings);
  options.python = executable;
  options.env_set = std::move(environment);
  options.working_directory = settings.directory;
  options.umask = static_cast<int>(settings.umask);
  options.capture = true;
  options.timeout = 0;
  options.start_timeout = 0;
  options.health_interval = 0;
  options.log = [printed = std::move(printed)](const LogLine& line) {
    const MutexLock lock(printed->mutex);
    // The pool gives what a ready host prints the lowest level.
    if (printed->is_taken && line.level == LogLevel::kDebug) return;
    if (line.source == "stdout") add_line(printed->stdout_text, line.text);
    if (line.source == "stderr") add_line(printed->stderr_text, line.text);
  };
  return options;
}

WarmHost::WarmHost(const HostSettings& settings, const fs::path& script, const std::function<bool()>& interrupted) {
  sources_.note(script);
  sources_.note_directory(script.parent_path());
  pool_ = std::make_unique<Pool>(options_for(settings, script, printed_), interrupted);
  import_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  note_modules();
  attributes_ = platform::changeable_attributes(pool_->stats().hosts.front().pid);
}

void WarmHost::note_modules() {
  const auto since = std::exchange(last_look_, std::chrono::system_clock::now());
  for (const std::string& file : pool_->inspect().files) sources_.note_read_since(file, since);
}

// Each time would cost a round trip; functions import what they need in their first calls.
bool WarmHost::must_settle() const { return reusable_ && std::has_single_bit(calls_); }

void WarmHost::settle() {
  try {
    note_modules();
  } catch (const std::exception&) {
    reusable_ = false;
  }
}

Outcome WarmHost::run(Call call, const std::function<bool()>& interrupted) {
  if (calls_ == 0) pool_->flush_log();  // the import's output may be on its way
  const Output printed = take_printed();
  ++calls_;
  Outcome outcome = pool_->call(std::move(call), interrupted);
  intact_ = leaves_host_intact(outcome);
  // Once the host has ended, this may be what the import of its replacement prints.
  const Output late = intact_ ? take_printed() : Output{};
  outcome.stdout_text.insert(0, printed.stdout_text + late.stdout_text);
  if (!outcome.ok() && outcome.stderr_text.empty() && !outcome.error().stderr_tail.empty()) {
    // It has crashed, so what the call wrote is only in the last lines of all that was written.
    outcome.stderr_text = without_earlier(outcome.error().stderr_tail, told_stderr_);
  } else {
    outcome.stderr_text.insert(0, printed.stderr_text + late.stderr_text);
  }
  told_stderr_ += outcome.stderr_text;
  if (told_stderr_.size() > kPrintedLimit) told_stderr_.erase(0, told_stderr_.size() - kToldLimit);
  reusable_ = intact_ && platform::changeable_attributes(outcome.pid) == attributes_;
  return outcome;
}

bool WarmHost::has_children() const {
  if (!intact_) return false;
  const auto hosts = pool_->stats().hosts;
  return std::ranges::any_of(hosts, [](const auto& host) { return platform::group_has_others(host.pid); });
}

WarmHost::Output WarmHost::take_printed() {
  const MutexLock lock(printed_->mutex);
  printed_->is_taken = true;
  return {std::exchange(printed_->stdout_text, {}), std::exchange(printed_->stderr_text, {})};
}

}  // namespace provider_host::promptfoo
