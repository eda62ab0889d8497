#include "host/calls/thread_calls.h"

#include <pybind11/pybind11.h>

#include "host/health/crash_recorder.h"
#include "values/python_error.h"

namespace provider_host::host {

void ThreadCalls::begin(std::uint64_t call) {
  prepare_thread_for_faults();
  values::drop_late_interrupt();  // of an earlier call in this thread
  set_current_call(call);
  const std::lock_guard lock(mutex_);
  threads_[call] = PyThread_get_thread_ident();
}

void ThreadCalls::end(std::uint64_t call) {
  set_current_call(0);
  const std::lock_guard lock(mutex_);
  if (threads_.erase(call) > 0) values::drop_async_exception();
}

bool ThreadCalls::interrupt(std::uint64_t call) {
  const std::lock_guard lock(mutex_);
  const auto found = threads_.find(call);
  return found != threads_.end() && PyThreadState_SetAsyncExc(found->second, PyExc_KeyboardInterrupt) == 1;
}

}  // namespace provider_host::host
