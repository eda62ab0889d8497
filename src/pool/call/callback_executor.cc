#include "pool/call/callback_executor.h"

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "pool/call/call_list.h"
#include "process/process_mark.h"

namespace provider_host::internal {
namespace {

// With kSettling: the calls whose callbacks this thread has to run once the one that runs has returned.
struct DueCallbacks {
  bool is_running = false;
  CallList<&CallState::next> due;
};
thread_local DueCallbacks due_callbacks;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void run_callback(CallState& call, const CallbackExecutor::Report& report) noexcept {
  try {
    call.run_callback();
  } catch (const std::exception& error) {
    report(error.what());
  } catch (...) {
    report("something that is no std::exception");
  }
}

}  // namespace

struct CallbackExecutor::Line {
  explicit Line(Report on_exception) : report(std::move(on_exception)) {}

  const process::ProcessMark process;
  const Report report;
  Mutex mutex;
  CondVar changed;
  CallList<&CallState::next> due GUARDED_BY(mutex);
  std::uint64_t posted GUARDED_BY(mutex) = 0;
  std::uint64_t returned GUARDED_BY(mutex) = 0;
  bool is_waiting GUARDED_BY(mutex) = false;  // the thread, for something to do
  bool closed GUARDED_BY(mutex) = false;
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
  thread_ = std::thread([line = line_] { run(line); });
  line_->thread = thread_.get_id();
  return true;
}

void CallbackExecutor::post(CallPtr call) noexcept {
  if (where_ == CallbackThread::kSettling) {
    const std::shared_ptr<Line> line = line_;  // a callback may destroy this, even inside submit()
    return run_here(std::move(call), line->report);
  }
  const MutexLock lock(line_->mutex);
  line_->due.push_back(std::move(call));
  ++line_->posted;
  if (line_->is_waiting) line_->changed.notify_all();
}

// One that settles another call meanwhile, such as one that a closed pool refuses, must not run that one's callback on
// top of itself.
void CallbackExecutor::run_here(CallPtr call, const Report& report) noexcept {
  due_callbacks.due.push_back(std::move(call));
  if (due_callbacks.is_running) return;
  due_callbacks.is_running = true;
  while (!due_callbacks.due.empty()) run_callback(*due_callbacks.due.pop_front(), report);
  due_callbacks.is_running = false;
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
  MutexLock lock(line->mutex);
  while (true) {
    line->is_waiting = true;
    while (line->due.empty() && !line->closed) line->changed.wait(lock);
    line->is_waiting = false;
    if (line->due.empty()) return;
    CallPtr call = line->due.pop_front();
    lock.unlock();
    run_callback(*call, line->report);
    call = nullptr;
    if (!line->process.is_here()) return;  // the callback has forked and come back in the child: nothing is to be done
    lock.lock();
    ++line->returned;
    line->changed.notify_all();
  }
}

}  // namespace provider_host::internal
