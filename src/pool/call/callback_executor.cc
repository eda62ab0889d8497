#include "pool/call/callback_executor.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/mutex.h"
#include "platform/thread.h"
#include "process/process_mark.h"

namespace provider_host::internal {
namespace {

// With kSettling: what this thread is telling of now, if anything, and with what.
struct DeliveryHere {
  SettledCalls* calls = nullptr;
  OutcomeDelivery delivery;
};
thread_local DeliveryHere delivery_here;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

struct CallbackExecutor::Line {
  explicit Line(Report on_exception) : report(std::move(on_exception)) {}

  const process::ProcessMark process;
  const Report report;
  Mutex mutex;
  CondVar changed;
  SettledCalls due GUARDED_BY(mutex);
  SettledCalls taken;  // from `due`, by the thread; here, as a forked child must not destroy it
  std::uint64_t posted GUARDED_BY(mutex) = 0;
  std::uint64_t returned GUARDED_BY(mutex) = 0;
  bool is_waiting GUARDED_BY(mutex) = false;  // the thread, for something to do
  bool closed GUARDED_BY(mutex) = false;
  bool ended GUARDED_BY(mutex) = false;  // the thread takes no more
  std::thread::id thread GUARDED_BY(mutex);
};

CallbackExecutor::CallbackExecutor(CallbackThread where, Report report)
    : where_(where), line_(std::make_shared<Line>(std::move(report))) {}

CallbackExecutor::~CallbackExecutor() { close(); }

bool CallbackExecutor::start() {
  if (where_ == CallbackThread::kSettling) return true;
  const MutexLock lock(line_->mutex);
  if (line_->closed) return false;
  if (thread_.joinable()) return true;
  thread_ = platform::start_thread("the thread for callbacks", [line = line_] { run(line); });
  line_->thread = thread_.get_id();
  return true;
}

void CallbackExecutor::post(SettledCalls& calls) noexcept {
  if (where_ == CallbackThread::kSettling) {
    const std::shared_ptr<Line> line = line_;  // a callback may destroy this, even inside submit()
    return run_here(calls, *line);
  }
  if (append(calls)) return;
  const std::shared_ptr<Line> line = line_;
  run_here(calls, *line);  // a callback has destroyed the pool while calls were submitted to it
}

// False: the thread has ended.
bool CallbackExecutor::append(SettledCalls& calls) noexcept {
  const MutexLock lock(line_->mutex);
  if (line_->ended) return false;
  line_->posted += calls.size();
  line_->due.append(calls);
  if (std::exchange(line_->is_waiting, false)) line_->changed.notify_all();
  return true;
}

// One that settles another call meanwhile, such as one that a closed pool refuses, must not run that one's callback on
// top of itself.
void CallbackExecutor::run_here(SettledCalls& calls, const Line& line) noexcept {
  if (delivery_here.calls != nullptr) return delivery_here.calls->append(calls);
  delivery_here.calls = &calls;
  while (!calls.empty() && line.process.is_here()) delivery_here.delivery.deliver_first(calls, line.report);
  delivery_here.calls = nullptr;
}

void CallbackExecutor::drain() {
  MutexLock lock(line_->mutex);
  if (std::this_thread::get_id() == line_->thread) return;
  const std::uint64_t until = line_->posted;
  while (line_->returned < until) line_->changed.wait(lock);
}

void CallbackExecutor::close() {
  {
    const MutexLock lock(line_->mutex);
    line_->closed = true;
    line_->changed.notify_all();
  }
  if (!thread_.joinable()) return;
  if (std::this_thread::get_id() == thread_.get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void CallbackExecutor::run(const std::shared_ptr<Line>& line) {
  OutcomeDelivery delivery;
  MutexLock lock(line->mutex);
  while (true) {
    while (line->due.empty() && !line->closed) {
      line->is_waiting = true;
      line->changed.wait(lock);
    }
    line->is_waiting = false;
    if (line->due.empty()) {
      line->ended = true;
      return;
    }
    line->taken.append(line->due);
    while (!line->taken.empty()) {
      lock.unlock();
      const std::size_t count = delivery.deliver_first(line->taken, line->report);
      if (!line->process.is_here()) return;  // it has forked and come back in the child: nothing is to be done
      lock.lock();
      line->returned += count;
      line->changed.notify_all();
      line->taken.append(line->due);  // a stream may always have another item
    }
  }
}

}  // namespace provider_host::internal
