#include "bindings/native_map.h"

#include <chrono>
#include <utility>

#include "bindings/gil.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// The next item; nothing at the end.
py::object next_of(const py::handle& iterator) {
  PyObject* const item = park_at_exit([&iterator] { return PyIter_Next(iterator.ptr()); });
  if (item == nullptr && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(item);
}

py::object key_of(const py::handle& function, const py::handle& prompt) {
  return checked(park_at_exit([&] { return PyObject_CallFunctionObjArgs(function.ptr(), prompt.ptr(), nullptr); }));
}

}  // namespace

NativeMap::NativeMap(py::object pool, PromptCalls calls, std::size_t at_a_time, std::size_t in_flight, std::size_t most,
                     MapYield yield)
    : pool_object_(std::move(pool)),
      pool_(py::cast<NativePool&>(pool_object_)),
      calls_(std::move(calls)),
      yield_(yield),
      read_ahead_(in_flight, most),
      window_(std::make_shared<CallWindow>(pool_.pool(), at_a_time)) {}

NativeMap::~NativeMap() { cancel(); }

py::list NativeMap::take(const PromptSource& source) {
  py::list results;
  pool_.check_process();
  if (next_ == outcomes_.size()) {
    add_calls(source);
    if (window_->size() == 0) return results;
    wait_for_outcomes();
  }
  while (next_ < outcomes_.size()) {
    const Outcome& outcome = outcomes_[next_];
    const bool raises = !outcome && yield_ == MapYield::kResults;
    if (raises && !results.empty()) return results;  // raised in its turn
    ++next_;
    if (raises) raise(outcome.error());
    results.append(yielded(outcome));
  }
  return results;
}

py::object NativeMap::yielded(const Outcome& outcome) const {
  if (yield_ == MapYield::kOutcomes) return outcome_tuple(outcome);
  return outcome ? value_of(outcome.json()) : exception_of(outcome.error());
}

void NativeMap::add_calls(const PromptSource& source) {
  const std::size_t limit = read_ahead_.window();
  while (!is_exhausted_ && window_->size() < limit) {
    const py::object prompt = next_of(source.prompts);
    is_exhausted_ = !prompt;
    if (!is_exhausted_ && window_->add(make_call(prompt, source))) submit();
  }
}

void NativeMap::submit() {
  const auto interrupted = pool_.interrupted();
  {
    const WithoutGil free;
    window_->submit(interrupted);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
}

Call NativeMap::make_call(const py::handle& prompt, const PromptSource& source) const {
  const py::tuple args = arguments_for(prompt, calls_.api, source);
  Call call = pool_.make_call(calls_.api, calls_.function, args, calls_.limits);
  if (!source.key.is_none()) call.affinity = utf8_of("affinity", key_of(source.key, prompt));
  return call;
}

void NativeMap::wait_for_outcomes() {
  next_ = 0;
  outcomes_.clear();
  const auto interrupted = pool_.interrupted();
  {
    const WithoutGil free;
    window_->submit(interrupted);
    const std::size_t many = read_ahead_.block();
    if (window_->wait(many, interrupted)) outcomes_ = window_->take(many);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  read_ahead_.on_taken(outcomes_.size(), std::chrono::steady_clock::now());
}

void NativeMap::cancel() {
  if (!pool_.is_here()) return;
  const WithoutGil free;
  window_->cancel();
}

}  // namespace provider_host::bindings
