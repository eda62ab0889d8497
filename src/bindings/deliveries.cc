#include "bindings/deliveries.h"

#include <pybind11/pybind11.h>

#include <exception>
#include <utility>

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

void run_job(const std::function<void()>& job) {
  try {
    job();
  } catch (py::error_already_set& raised) {
    raised.discard_as_unraisable("provider_host");
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    PyErr_WriteUnraisable(nullptr);
  }
}

}  // namespace

Deliveries::Deliveries() : thread_([this] { run(); }) {}

Deliveries::~Deliveries() { finish(); }

void Deliveries::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      jobs_.push_back(std::move(job));
      if (jobs_.size() == 1) changed_.notify_one();
      return;
    }
  }
  const py::gil_scoped_acquire gil;
  run_job(job);
  job = nullptr;
}

std::size_t Deliveries::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void Deliveries::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_one();
  }
  if (thread_.get_id() == std::this_thread::get_id()) return;
  const std::lock_guard one_at_a_time(finish_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Deliveries::run() {
  while (true) {
    std::vector<std::function<void()>> jobs;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !jobs_.empty() || ending_; });
      if (jobs_.empty()) {
        ended_ = true;
        return;
      }
      jobs.swap(jobs_);
    }
    const py::gil_scoped_acquire gil;
    for (auto& job : jobs) {
      run_job(job);
      job = nullptr;  // the Python objects that it holds are given back while the GIL is held
    }
  }
}

}  // namespace provider_host::bindings
