#include "cli/batch/stats/progress.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>

#include "platform/thread.h"

namespace provider_host::cli {
namespace {

constexpr auto kBarPeriod = std::chrono::milliseconds(100);
constexpr auto kLinePeriod = std::chrono::seconds(10);
constexpr std::size_t kMaxBar = 40;

double ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  return std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

// Between 0 and 1; nothing when it is not known.
std::optional<double> fraction(const ProgressSnapshot& snapshot) {
  if (snapshot.total) return ratio(snapshot.already_done + snapshot.counts.done(), *snapshot.total);
  if (snapshot.input_size > 0) return ratio(snapshot.counts.end_offset, snapshot.input_size);
  return std::nullopt;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string time_left(const ProgressSnapshot& snapshot) {
  const double done = static_cast<double>(snapshot.counts.done());
  if (done == 0 || snapshot.seconds <= 0) return "";
  if (snapshot.total) {
    const double left = static_cast<double>(*snapshot.total) - static_cast<double>(snapshot.already_done) - done;
    return clock_text(std::max(0.0, left) * snapshot.seconds / done);
  }
  const double part = fraction(snapshot).value_or(0);
  return part > 0 && snapshot.already_done == 0 ? clock_text(snapshot.seconds * (1 - part) / part) : "";
}

}  // namespace

std::string progress_text(const ProgressSnapshot& snapshot) {
  std::string text;
  if (const auto part = fraction(snapshot)) text += fmt::format("{:3.0f} %  ", 100 * *part);
  text += with_separators(snapshot.already_done + snapshot.counts.done());
  text += snapshot.total ? fmt::format("/{}", with_separators(*snapshot.total)) : " done";
  const double rate = snapshot.seconds > 0 ? static_cast<double>(snapshot.counts.done()) / snapshot.seconds : 0;
  text += rate < 10 ? fmt::format("  {:.1f}/s", rate)
                    : fmt::format("  {}/s", with_separators(static_cast<std::uint64_t>(rate)));
  text += fmt::format("  {} failed", with_separators(snapshot.counts.failures() + snapshot.counts.provider_errors));
  if (const std::string left = time_left(snapshot); !left.empty()) text += fmt::format("  {} left", left);
  return text;
}

std::string progress_bar(const ProgressSnapshot& snapshot, std::size_t width) {
  std::string text = progress_text(snapshot);
  const auto part = fraction(snapshot);
  if (!part || width < text.size() + 10) return text.substr(0, width > 0 ? width - 1 : 0);
  const std::size_t length = std::min(kMaxBar, width - text.size() - 4);
  const auto full = static_cast<std::size_t>(*part * static_cast<double>(length));
  return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(length - full, '.'), text);
}

Progress::Progress(Console& console, bool allow_bar, std::function<ProgressSnapshot()> snapshot)
    : console_(console), bar_(allow_bar && console.is_terminal()), snapshot_(std::move(snapshot)) {
  if (console.threshold() != LogThreshold::kOff)
    thread_ = platform::start_thread("the thread for progress", [this] { run(); });
}

Progress::~Progress() {
  {
    const MutexLock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  console_.remove_bar();
}

void Progress::run() {
  const std::chrono::milliseconds period = bar_ ? kBarPeriod : kLinePeriod;
  MutexLock lock(mutex_);
  auto next = std::chrono::steady_clock::now() + period;
  while (!done_) {
    if (changed_.wait_until(lock, next) || done_) continue;
    const ProgressSnapshot snapshot = snapshot_();
    if (bar_) {
      console_.show_bar(progress_bar(snapshot, console_.width()));
    } else {
      console_.say("progress: " + progress_text(snapshot));
    }
    next = std::chrono::steady_clock::now() + period;
  }
}

}  // namespace provider_host::cli
