#include "pool/log_queue.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "base/utf8.h"
#include "platform/thread.h"
#include "pool/reactor/clock.h"
#include "process/process_mark.h"
#include "wire/json_text.h"

namespace provider_host::internal {
struct LogQueue::State {
  // A line that waits.
  struct Waiting {
    LogLevel level;
    int host;
    std::string source;
    std::string text;

    explicit Waiting(const LogLine& line)
        : level(line.level),
          host(line.host),
          source(line.source),
          text(wire::is_utf8(line.text) ? std::string(line.text) : to_valid_utf8(line.text)) {}
    [[nodiscard]] std::size_t size() const { return sizeof(Waiting) + text.size(); }
  };

  State(Sink to, Limits how) : sink(std::move(to)), limits(how) {}

  const process::ProcessMark process;
  const Sink sink;
  const Limits limits;
  Mutex mutex;
  CondVar changed;
  std::deque<Waiting> lines GUARDED_BY(mutex);
  std::size_t bytes GUARDED_BY(mutex) = 0;      // of them
  std::uint64_t dropped GUARDED_BY(mutex) = 0;  // since the log was told
  std::uint64_t posted GUARDED_BY(mutex) = 0;   // lines, those that tell of dropped ones included
  std::uint64_t written GUARDED_BY(mutex) = 0;
  std::optional<std::uint64_t> stuck_at GUARDED_BY(mutex);  // `written`, when a flush() gave up
  bool is_waiting GUARDED_BY(mutex) = false;                // the thread, for something to do
  bool closed GUARDED_BY(mutex) = false;
  bool is_writing_here GUARDED_BY(mutex) = false;  // for want of the thread
  bool given_up GUARDED_BY(mutex) = false;         // nothing more is written
  std::thread thread GUARDED_BY(mutex);
  std::thread::id thread_id GUARDED_BY(mutex);

  void add(Waiting line) REQUIRES(mutex);
  void drop() REQUIRES(mutex);
  std::optional<Waiting> take_next() REQUIRES(mutex);
  void write(const LogLine& line) const noexcept;
  void write_dropped(std::uint64_t count) const noexcept;
};

LogQueue::LogQueue(Sink sink, Limits limits) : state_(std::make_shared<State>(std::move(sink), limits)) {}

LogQueue::~LogQueue() {
  flush();
  MutexLock lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
  if (!state_->thread.joinable()) return;
  std::thread thread = std::move(state_->thread);
  const bool is_inside = std::this_thread::get_id() == state_->thread_id;
  state_->given_up = !is_inside && state_->written < state_->posted;
  const bool must_not_wait = is_inside || state_->given_up;
  lock.unlock();
  must_not_wait ? thread.detach() : thread.join();
}

void LogQueue::State::add(Waiting line) {
  if (bytes + line.size() > limits.capacity * (line.source == "pool" ? 2 : 1)) return drop();
  lines.push_back(std::move(line));
  bytes += lines.back().size();
  ++posted;
}

void LogQueue::State::drop() {
  if (dropped++ == 0) ++posted;
}

void LogQueue::post(const LogLine& line) noexcept {
  std::optional<State::Waiting> copy;
  try {
    copy.emplace(line);
  } catch (const std::exception&) {  // no memory
  }
  const MutexLock lock(state_->mutex);
  if (state_->closed) return;
  try {
    copy ? state_->add(std::move(*copy)) : state_->drop();
  } catch (const std::exception&) {
    state_->drop();
  }
  if (state_->is_waiting) state_->changed.notify_all();
  if (state_->thread.joinable() || state_->is_writing_here) return;
  try {
    state_->thread = platform::start_thread("the thread for the log", [state = state_] { run(state); });
    state_->thread_id = state_->thread.get_id();
  } catch (const std::exception&) {  // the next line tries again
  }
}

// For want of a thread.
void LogQueue::write_here() noexcept {
  MutexLock lock(state_->mutex);
  if (state_->thread.joinable() || state_->is_writing_here) return;
  state_->is_writing_here = true;
  while (state_->written < state_->posted) {
    const std::optional<State::Waiting> line = state_->take_next();
    const std::uint64_t dropped = line ? 0 : std::exchange(state_->dropped, 0);
    ++state_->written;
    lock.unlock();
    line ? state_->write({line->level, line->host, line->source, line->text}) : state_->write_dropped(dropped);
    lock.lock();
  }
  state_->is_writing_here = false;
}

void LogQueue::flush() {
  write_here();
  MutexLock lock(state_->mutex);
  if (!state_->thread.joinable() || std::this_thread::get_id() == state_->thread_id) return;
  if (state_->stuck_at == state_->written) return;
  const std::uint64_t posted = state_->posted;
  const TimePoint until = Clock::now() + seconds(state_->limits.flush_timeout);
  while (state_->written < posted) {
    if (state_->changed.wait_until(lock, until)) continue;
    if (state_->written < posted) state_->stuck_at = state_->written;
    return;
  }
}

void LogQueue::State::write(const LogLine& line) const noexcept {
  try {
    sink(line);
  } catch (...) {  // there is nobody to tell
  }
}

// Needs no memory: there may be none, which is why lines were dropped.
void LogQueue::State::write_dropped(std::uint64_t count) const noexcept {
  std::array<char, 100> text{};
  const auto end = fmt::format_to_n(text.data(), text.size(), "{} {} dropped: the log takes them too slowly", count,
                                    count == 1 ? "line was" : "lines were");
  write({LogLevel::kWarning, 0, "pool", {text.data(), end.size}});
}

std::optional<LogQueue::State::Waiting> LogQueue::State::take_next() {
  if (lines.empty()) return std::nullopt;
  Waiting line = std::move(lines.front());
  lines.pop_front();
  bytes -= line.size();
  return line;
}

void LogQueue::run(const std::shared_ptr<State>& state) {
  MutexLock lock(state->mutex);
  while (!state->given_up) {
    state->is_waiting = true;
    while (state->written == state->posted && !state->closed) state->changed.wait(lock);
    state->is_waiting = false;
    if (state->written == state->posted) return;
    const std::optional<State::Waiting> line = state->take_next();
    const std::uint64_t dropped = line ? 0 : std::exchange(state->dropped, 0);
    lock.unlock();
    line ? state->write({line->level, line->host, line->source, line->text}) : state->write_dropped(dropped);
    if (!state->process.is_here()) return;  // the log has forked and come back in the child: nothing is to be done
    lock.lock();
    ++state->written;
    state->changed.notify_all();
  }
}

}  // namespace provider_host::internal
