#include "pool/log_queue.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/utf8.h"
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
  std::mutex mutex;
  std::condition_variable changed;
  // protected by mutex
  std::deque<Waiting> lines;
  std::size_t bytes = 0;      // of them
  std::uint64_t dropped = 0;  // since the log was told
  std::uint64_t posted = 0;   // lines, those that tell of dropped ones included
  std::uint64_t written = 0;
  bool is_waiting = false;  // the thread, for something to do
  bool closed = false;
  bool given_up = false;  // nothing more is written
  std::thread thread;
  std::thread::id thread_id;

  std::optional<std::uint64_t> stuck_at;  // so many were written when a flush() gave up

  void add(Waiting line);
  void drop();
  bool write_next(std::unique_lock<std::mutex>& lock);
  bool tell_dropped(std::unique_lock<std::mutex>& lock);
  bool write(const LogLine& line) const noexcept;
};

LogQueue::LogQueue(Sink sink, Limits limits) : state_(std::make_shared<State>(std::move(sink), limits)) {}

LogQueue::~LogQueue() {
  flush();
  std::unique_lock lock(state_->mutex);
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
  if (bytes + line.size() > limits.room * (line.source == "pool" ? 2 : 1)) return drop();
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
  const std::lock_guard lock(state_->mutex);
  if (state_->closed) return;
  try {
    copy ? state_->add(std::move(*copy)) : state_->drop();
  } catch (const std::exception&) {
    state_->drop();
  }
  if (state_->is_waiting) state_->changed.notify_all();
  if (state_->thread.joinable()) return;
  try {
    state_->thread = std::thread([state = state_] { run(state); });
    state_->thread_id = state_->thread.get_id();
  } catch (const std::exception&) {  // the next line tries again
  }
}

void LogQueue::flush() {
  std::unique_lock lock(state_->mutex);
  if (!state_->thread.joinable() || std::this_thread::get_id() == state_->thread_id) return;
  if (state_->stuck_at == state_->written) return;
  const bool done = state_->changed.wait_for(lock, seconds(state_->limits.patience),
                                             [this, until = state_->posted] { return state_->written >= until; });
  if (!done) state_->stuck_at = state_->written;
}

// Returns whether this is still the same process: a log that forks may come back in the child, where nothing is to be
// done.
bool LogQueue::State::write(const LogLine& line) const noexcept {
  try {
    sink(line);
  } catch (...) {  // there is nobody to tell
  }
  return process.is_here();
}

bool LogQueue::State::write_next(std::unique_lock<std::mutex>& lock) {
  const Waiting line = std::move(lines.front());
  lines.pop_front();
  bytes -= line.size();
  lock.unlock();
  if (!write({line.level, line.host, line.source, line.text})) return false;
  lock.lock();
  return true;
}

bool LogQueue::State::tell_dropped(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t count = std::exchange(dropped, 0);
  lock.unlock();
  std::array<char, 100> text{};  // there may be no memory, which is why they were dropped
  const auto end = fmt::format_to_n(text.data(), text.size(), "{} {} dropped: the log takes them too slowly", count,
                                    count == 1 ? "line was" : "lines were");
  if (!write({LogLevel::kWarning, 0, "pool", {text.data(), end.size}})) return false;
  lock.lock();
  return true;
}

void LogQueue::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->given_up) {
    state->is_waiting = true;
    state->changed.wait(lock, [&] { return state->written < state->posted || state->closed; });
    state->is_waiting = false;
    if (state->written == state->posted) return;
    const bool is_here = state->lines.empty() ? state->tell_dropped(lock) : state->write_next(lock);
    if (!is_here) return;
    ++state->written;
    state->changed.notify_all();
  }
}

}  // namespace provider_host::internal
