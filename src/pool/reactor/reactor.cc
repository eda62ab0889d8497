#include "pool/reactor/reactor.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "platform/thread.h"
#include "platform/thread_timing.h"

namespace provider_host::internal {
namespace {

// An error that persists must not keep a processor busy: the pause grows with the number of errors in a row.
constexpr auto kErrorPause = std::chrono::milliseconds(10);
constexpr int kMaxErrorPause = 10;
// A rest is to be as short as it says: by default the kernel adds 50 us. Nanoseconds.
constexpr unsigned long kTimerSlack = 1000;

std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

void Reactor::start(Client& client) {
  const MutexLock lock(join_mutex_);
  thread_ = platform::start_thread("the pool's thread", [this, &client] { run(client); });
}

void Reactor::post(Task task) {
  {
    const MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake();
}

void Reactor::run(Client& client) {
  thread_id_ = std::this_thread::get_id();
  platform::set_timer_slack(kTimerSlack);
  int errors = 0;  // without an iteration that was fine between them
  while (true) {
    try {
      run_tasks();
      timers_.run_due(now());
      client.on_iteration();
      if (client.is_done()) break;
      if (const auto rest = client.rest(); rest > Clock::duration::zero()) std::this_thread::sleep_for(rest);
      poller_.wait(earlier(timers_.next(), client.next_due()));
      errors = 0;
    } catch (...) {  // what failed is made again in the next iteration
      client.on_exception();
      std::this_thread::sleep_for(kErrorPause * std::min(errors++, kMaxErrorPause));
    }
  }
  const std::shared_ptr<void> owner = std::move(owner_);  // destroyed last, when this thread is all that has it
  const MutexLock lock(mutex_);
  has_ended_ = true;
  thread_id_ = std::thread::id();  // which another thread may get
  ended_.notify_all();
}

// One by one, so that one that throws costs no other and runs again. What is posted meanwhile is for the next
// iteration.
void Reactor::run_tasks() {
  MutexLock lock(mutex_);
  for (std::size_t left = tasks_.size(); left > 0; --left) {
    const Task& task = tasks_.front();
    lock.unlock();
    task();
    lock.lock();
    tasks_.pop_front();
  }
}

bool Reactor::wait_for_end(TimePoint until) {
  MutexLock lock(mutex_);
  while (!has_ended_) {
    if (!ended_.wait_until(lock, until)) return has_ended_;
  }
  return true;
}

void Reactor::join() {
  const MutexLock one_at_a_time(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Reactor::detach(std::shared_ptr<void> owner) {
  owner_ = std::move(owner);
  const MutexLock lock(join_mutex_);
  thread_.detach();
}

}  // namespace provider_host::internal
