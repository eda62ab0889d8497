#include "bindings/block_calls.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/byte_buffer.h"
#include "pipe/frame_block.h"
#include "pipe/pipe_message.h"
#include "pipe/pipe_response.h"

namespace provider_host::bindings {
namespace {

constexpr std::chrono::milliseconds kSignalInterval{50};

std::chrono::steady_clock::time_point after(double seconds) {
  constexpr double kLongest = 1e8;  // what is more would not fit into the clock
  const std::chrono::duration<double> duration(std::clamp(seconds, 0.0, kLongest));
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
}

// Bytes of the response, about.
std::size_t size_of(const Outcome& outcome) {
  constexpr std::size_t kFrame = 96;
  constexpr std::size_t kError = 256;
  const std::size_t size = kFrame + outcome.stdout_text.size() + outcome.stderr_text.size();
  if (outcome) return size + outcome.json().size();
  const Error& error = outcome.error();
  return size + kError + error.message.size() + error.traceback.size() + error.stack.size() + error.stderr_tail.size() +
         error.partial.size();
}

Outcome refused(std::string why) {
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = std::move(why);
  return Outcome::failure(std::move(error));
}

Outcome expired(double age) {
  Error error;
  error.kind = ErrorKind::kTimeout;
  error.phase = "queued";
  error.queued_s = age;
  error.message = "its deadline had passed before the call came to the pool that was to run it";
  Outcome outcome = Outcome::failure(std::move(error));
  outcome.latency_ms = age * 1000;
  return outcome;
}

std::vector<std::uint64_t> ids_of(const std::vector<TaggedCall>& calls) {
  std::vector<std::uint64_t> ids;
  ids.reserve(calls.size());
  for (const TaggedCall& call : calls) ids.push_back(call.tag);
  return ids;
}

}  // namespace

// --- submitting

void BlockCalls::submit(std::string_view block_bytes, std::span<const double> ages) {
  Block block = read(block_bytes, ages);
  register_calls(block);
  if (block.calls.empty()) return;
  const std::vector<std::uint64_t> ids = ids_of(block.calls);
  try {
    attach(ids, pool_.submit_many_nonblocking(std::move(block.calls), shared_from_this()));
  } catch (...) {
    forget(ids);
    throw;
  }
}

BlockCalls::Block BlockCalls::read(std::string_view block_bytes, std::span<const double> ages) const {
  ByteBuffer bytes;  // has the padding that the reader needs
  bytes.append(block_bytes);
  const auto frames = pipe::frames_of(bytes.view());
  if (!ages.empty() && ages.size() != frames.size()) throw std::invalid_argument("a block needs an age for each frame");
  pipe::PipeMessageReader reader("");
  Block block;
  block.calls.reserve(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::uint64_t id = frames[i].id;
    pipe::PipeMessage message = reader.read(frames[i].payload);
    auto* const call_message = std::get_if<pipe::CallMessage>(&message);
    if (call_message == nullptr) {
      const auto* const bad = std::get_if<pipe::BadMessage>(&message);
      block.refused.push_back({id, refused("the message is wrong: " + (bad != nullptr ? bad->what : "it is no call"))});
      continue;
    }
    Call& call = call_message->call;
    const double age = ages.empty() ? 0 : ages[i];
    const double deadline = call.deadline.value_or(deadline_);
    if (age > 0 && deadline > 0) {
      if (age >= deadline) {
        block.refused.push_back({id, expired(age)});
        continue;
      }
      call.deadline = deadline - age;
    }
    block.calls.push_back({std::move(call), id});
  }
  return block;
}

void BlockCalls::register_calls(Block& block) {
  std::vector<TaggedCall> calls;
  calls.reserve(block.calls.size());
  const MutexLock lock(mutex_);
  for (TaggedCall& call : block.calls) {
    if (calls_.try_emplace(call.tag).second) {
      calls.push_back(std::move(call));
    } else {
      add({call.tag, refused("the id " + std::to_string(call.tag) + " belongs to a call that has no response yet")});
    }
  }
  for (TaggedOutcome& outcome : block.refused) add(std::move(outcome));
  block.calls = std::move(calls);
  notify();
}

void BlockCalls::attach(const std::vector<std::uint64_t>& ids, std::vector<Pending> pending) {
  std::vector<std::pair<End, Pending>> asked;
  {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = calls_.find(ids[i]);
      if (found == calls_.end()) continue;  // it has settled
      if (found->second.asked != End::kNone) asked.emplace_back(found->second.asked, pending[i]);
      found->second.pending = std::move(pending[i]);
    }
  }
  for (const auto& [end, call] : asked) end == End::kCancelled ? call.cancel() : call.withdraw();
}

void BlockCalls::forget(const std::vector<std::uint64_t>& ids) {
  const MutexLock lock(mutex_);
  for (const std::uint64_t id : ids) calls_.erase(id);
  notify();
}

// --- taking

std::string BlockCalls::take(double wait, double gather, std::size_t limit, const Interrupted& interrupted) {
  const TimePoint until = after(wait);
  std::vector<TaggedOutcome> taken;
  while (taken.empty()) {
    if (wait_for({.bytes = 1}, until, interrupted) != Waited::kCome) return {};
    if (wait_for({.bytes = limit, .or_last = true}, after(gather), interrupted) == Waited::kInterrupted) return {};
    taken = take_out(limit);  // none when another thread was faster
  }
  std::string frames;
  for (const auto& [id, outcome] : taken) pipe::append_response(frames, id, outcome);
  return frames;
}

// Closed and nothing there is in vain, too.
BlockCalls::Waited BlockCalls::wait_for(Awaited awaited, TimePoint until, const Interrupted& interrupted) {
  while (true) {
    {
      MutexLock lock(mutex_);
      notify_at_ = waiting_ == 0 ? awaited.bytes : std::min(notify_at_, awaited.bytes);
      ++waiting_;
      const TimePoint next = interrupted ? std::min(until, std::chrono::steady_clock::now() + kSignalInterval) : until;
      while (!has_come(awaited) && changed_.wait_until(lock, next)) continue;
      --waiting_;
      if (has_come(awaited)) return bytes_ > 0 ? Waited::kCome : Waited::kInVain;
      if (std::chrono::steady_clock::now() >= until) return Waited::kInVain;
    }
    if (interrupted && interrupted()) return Waited::kInterrupted;
  }
}

bool BlockCalls::has_come(Awaited awaited) const {
  return is_closed_ || bytes_ >= awaited.bytes || (awaited.or_last && calls_.empty());
}

std::vector<TaggedOutcome> BlockCalls::take_out(std::size_t limit) {
  std::vector<TaggedOutcome> taken;
  std::size_t size = 0;
  const MutexLock lock(mutex_);
  while (!ready_.empty()) {
    const std::size_t next = size_of(ready_.front().outcome);
    if (!taken.empty() && size + next > limit) break;
    size += next;
    taken.push_back(std::move(ready_.front()));
    ready_.pop_front();
  }
  bytes_ -= size;
  return taken;
}

void BlockCalls::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  for (TaggedOutcome& settled : outcomes) {
    calls_.erase(settled.tag);
    add(std::move(settled));
  }
  notify();
}

void BlockCalls::add(TaggedOutcome settled) {
  bytes_ += size_of(settled.outcome);
  ready_.push_back(std::move(settled));
}

void BlockCalls::notify() {
  if (waiting_ > 0 && (is_closed_ || bytes_ >= notify_at_ || calls_.empty())) changed_.notify_all();
}

// --- ending

void BlockCalls::cancel(std::span<const std::uint64_t> ids) {
  std::vector<Pending> pending;
  {
    const MutexLock lock(mutex_);
    for (const std::uint64_t id : ids) {
      const auto found = calls_.find(id);
      if (found == calls_.end()) continue;
      found->second.asked = End::kCancelled;
      if (found->second.pending) pending.push_back(*found->second.pending);
    }
  }
  for (const Pending& call : pending) call.cancel();
}

void BlockCalls::withdraw(std::span<const std::uint64_t> ids) {
  std::vector<Pending> pending;
  {
    const MutexLock lock(mutex_);
    for (const std::uint64_t id : ids) {
      const auto found = calls_.find(id);
      if (found == calls_.end()) continue;
      Entry& entry = found->second;
      if (entry.asked == End::kNone) entry.asked = End::kWithdrawn;
      if (entry.pending) pending.push_back(*entry.pending);
    }
  }
  std::ranges::sort(pending, std::greater(), &Pending::id);  // the newest first, so that none gets a host meanwhile
  for (const Pending& call : pending) call.withdraw();
}

std::size_t BlockCalls::outstanding() const {
  const MutexLock lock(mutex_);
  return calls_.size();
}

void BlockCalls::close() {
  const MutexLock lock(mutex_);
  is_closed_ = true;
  notify();
}

}  // namespace provider_host::bindings
