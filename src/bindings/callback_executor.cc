#include "bindings/callback_executor.h"

#include <pybind11/pybind11.h>

#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "bindings/gil.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

using Jobs = std::vector<std::function<void()>>;

void run_jobs(Jobs jobs) {
  const WithGil gil;
  for (auto& job : jobs) {
    try {
      park_at_exit([&job] { job(); });
    } catch (py::error_already_set& raised) {
      raised.discard_as_unraisable("provider_host");
    } catch (const std::exception& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what());
      PyErr_WriteUnraisable(nullptr);
    }
    job = nullptr;  // destroys its Python objects while the GIL is held
  }
}

}  // namespace

struct CallbackExecutor::State {
  Mutex mutex;
  CondVar changed;
  Jobs jobs GUARDED_BY(mutex);
  bool ending GUARDED_BY(mutex) = false;
  bool running GUARDED_BY(mutex) = false;  // the thread
  std::thread::id thread GUARDED_BY(mutex);
};

CallbackExecutor::CallbackExecutor() : state_(std::make_shared<State>()) {}

CallbackExecutor::~CallbackExecutor() { finish(); }

void CallbackExecutor::post(std::function<void()> job) {
  {
    const MutexLock lock(state_->mutex);
    if (!state_->running && !state_->ending) {
      try {
        std::thread thread([state = state_] { run(state); });
        state_->thread = thread.get_id();
        thread.detach();
        state_->running = true;
      } catch (const std::system_error&) {  // the next job tries again
      }
    }
    if (state_->running && !state_->ending) {
      state_->jobs.push_back(std::move(job));
      if (state_->jobs.size() == 1) state_->changed.notify_all();
      return;
    }
  }
  Jobs due;
  due.push_back(std::move(job));
  run_jobs(std::move(due));
}

void CallbackExecutor::finish() {
  MutexLock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_all();
  if (state_->running && state_->thread == std::this_thread::get_id()) return;
  while (state_->running) state_->changed.wait(lock);
}

void CallbackExecutor::run(const std::shared_ptr<State>& state) {
  MutexLock lock(state->mutex);
  while (true) {
    while (state->jobs.empty() && !state->ending) state->changed.wait(lock);
    if (state->jobs.empty()) break;
    Jobs jobs = std::exchange(state->jobs, {});
    lock.unlock();
    run_jobs(std::move(jobs));
    lock.lock();
  }
  state->running = false;
  state->changed.notify_all();
}

}  // namespace provider_host::bindings
