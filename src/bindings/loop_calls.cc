#include "bindings/loop_calls.h"

#include <utility>

#include "bindings/gil.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// A new tuple of these; the references become its own.
py::object tuple_of(std::uint64_t number, SettledValue value) {
  auto tuple = py::reinterpret_steal<py::object>(PyTuple_New(3));
  if (!tuple) throw py::error_already_set();
  PyTuple_SET_ITEM(tuple.ptr(), 0, py::int_(number).release().ptr());
  PyTuple_SET_ITEM(tuple.ptr(), 1, value.result.release().ptr());
  PyTuple_SET_ITEM(tuple.ptr(), 2, value.error.release().ptr());
  return tuple;
}

}  // namespace

void LoopCalls::add(std::uint64_t number, const py::object& pool, Api api, const py::handle& function,
                    const py::tuple& args, const CallLimits& limits) {
  auto& native = py::cast<NativePool&>(pool);
  native.check_process();
  Call call = native.make_call(api, function_name(function), args, limits);
  if (!pool.is(pool_)) {
    submit();
    pool_ = pool;
  }
  added_.push_back({std::move(call), number});
}

void LoopCalls::submit() {
  if (added_.empty()) return;
  auto calls = std::exchange(added_, {});
  const py::object owner = std::exchange(pool_, {});
  const NativePool& native = py::cast<NativePool&>(owner);
  native.check_process();
  std::vector<std::uint64_t> numbers;
  numbers.reserve(calls.size());
  for (const TaggedCall& call : calls) numbers.push_back(call.tag);
  std::vector<Pending> pending;
  completions_->expect(calls.size());
  {
    const WithoutGil free;
    pending = native.pool().submit_many_nonblocking(std::move(calls), completions_);
  }
  for (std::size_t i = 0; i < pending.size(); ++i) pending_.emplace(numbers[i], std::move(pending[i]));
}

void LoopCalls::cancel(std::uint64_t number) {
  submit();
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  const Pending call = found->second;
  const WithoutGil free;
  call.cancel();
}

void LoopCalls::take(const py::handle& settled) {
  py::list items;
  for (const auto& [number, outcome] : completions_->take()) {
    pending_.erase(number);
    items.append(tuple_of(number, settled_value(outcome)));
  }
  PyObject* const done = park_at_exit([&] { return PyObject_CallMethod(settled.ptr(), "extend", "O", items.ptr()); });
  if (done == nullptr) throw py::error_already_set();
  Py_DECREF(done);
}

}  // namespace provider_host::bindings
