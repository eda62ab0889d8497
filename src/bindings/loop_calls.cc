#include "bindings/loop_calls.h"

#include <iterator>
#include <utility>

#include "bindings/gil.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

constexpr std::size_t kBlock = 16;  // calls that are submitted without waiting for others

// A name of a method, made once.
struct Name {
  explicit Name(const char* text) : object(PyUnicode_InternFromString(text)) {
    if (object == nullptr) throw py::error_already_set();
  }
  PyObject* const object;
};

py::object new_future(const py::handle& loop) {
  static const Name name("create_future");
  return checked(park_at_exit([&] { return PyObject_CallMethodNoArgs(loop.ptr(), name.object); }));
}

bool is_done(const py::object& future) {
  static const Name name("done");
  return checked(park_at_exit([&] { return PyObject_CallMethodNoArgs(future.ptr(), name.object); })).ptr() == Py_True;
}

void set_result(const py::object& future, const py::object& result) {
  static const Name name("set_result");
  checked(park_at_exit([&] { return PyObject_CallMethodOneArg(future.ptr(), name.object, result.ptr()); }));
}

void set_exception(const py::object& future, const py::object& error) {
  static const Name name("set_exception");
  checked(park_at_exit([&] { return PyObject_CallMethodOneArg(future.ptr(), name.object, error.ptr()); }));
}

std::uint64_t tag_of(const py::handle& future) { return reinterpret_cast<std::uintptr_t>(future.ptr()); }

}  // namespace

py::object LoopCalls::call(const py::handle& loop, const py::object& pool, std::size_t at_a_time, Api api,
                           const py::handle& function, const py::tuple& args, const CallLimits& limits) {
  Call call = py::cast<NativePool&>(pool).make_call(api, function_name(function), args, limits);
  py::object future = new_future(loop);
  if (!pool.is(pool_)) {
    submit();
    pool_ = pool;
  }
  const std::uint64_t tag = tag_of(future);
  if (added_.empty()) added_.reserve(kBlock);
  unsettled_.emplace(tag, Unsettled{future, {}, false});
  added_.push_back({std::move(call), tag});
  if (unsettled_.size() <= at_a_time || added_.size() == kBlock) {
    submit();
  } else if (added_.size() == 1) {
    completions_->wake();
  }
  return future;
}

void LoopCalls::cancel(const py::handle& future) {
  submit();
  const auto found = unsettled_.find(tag_of(future));
  if (found == unsettled_.end()) return;
  found->second.is_cancelled = true;
  if (!found->second.pending) return;  // another thread is about to submit it
  const Pending pending = *found->second.pending;
  const WithoutGil free;
  pending.cancel();
}

void LoopCalls::settle() {
  const struct Again {
    ~Again() {
      if (!calls.ended_.empty() || !calls.added_.empty()) calls.completions_->wake();
    }
    LoopCalls& calls;
  } again{*this};
  submit();
  auto ended = completions_->take();
  ended_.insert(ended_.end(), std::make_move_iterator(ended.begin()), std::make_move_iterator(ended.end()));
  while (!ended_.empty()) settle_next();
}

int LoopCalls::traverse(visitproc visit, void* arg) const {
  Py_VISIT(pool_.ptr());
  for (const auto& [tag, call] : unsettled_) Py_VISIT(call.future.ptr());
  return 0;
}

void LoopCalls::clear() {
  const py::object pool = std::exchange(pool_, {});
  const auto unsettled = std::exchange(unsettled_, {});
}

void LoopCalls::submit() {
  if (added_.empty()) return;
  std::vector<std::uint64_t> tags;
  tags.reserve(added_.size());
  auto calls = std::exchange(added_, {});
  const py::object pool = std::exchange(pool_, {});
  for (const TaggedCall& call : calls) tags.push_back(call.tag);
  std::vector<Pending> pending;
  try {
    const auto& native = py::cast<NativePool&>(pool);
    native.check_process();
    const WithoutGil free;
    pending = native.pool().submit_many_nonblocking(std::move(calls), completions_);
  } catch (...) {
    return refuse(tags, current_exception());
  }
  std::vector<Pending> cancelled;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const auto found = unsettled_.find(tags[i]);
    if (found == unsettled_.end()) continue;
    if (found->second.is_cancelled) cancelled.push_back(pending[i]);
    found->second.pending = std::move(pending[i]);
  }
  if (cancelled.empty()) return;
  const WithoutGil free;
  for (const Pending& call : cancelled) call.cancel();
}

// None of these calls could be submitted. What a signal handler raises meanwhile is thrown when all are told.
void LoopCalls::refuse(const std::vector<std::uint64_t>& tags, const py::object& error) {
  std::optional<py::error_already_set> raised;
  for (const std::uint64_t tag : tags) {
    const auto found = unsettled_.extract(tag);
    for (int tries = 0; !found.empty() && tries < 2; ++tries) {
      try {
        if (!is_done(found.mapped().future)) set_exception(found.mapped().future, error);
        break;
      } catch (py::error_already_set& thrown) {
        raised.emplace(thrown);
      }
    }
  }
  if (raised) throw py::error_already_set(*raised);
}

// It is over when the future is done, as a signal handler may raise before, or run the loop, or make the future done.
void LoopCalls::settle_next() {
  TaggedOutcome next = std::move(ended_.front());
  ended_.pop_front();
  try {
    const auto found = unsettled_.find(next.tag);
    if (found == unsettled_.end()) return;
    const py::object future = found->second.future;
    if (!is_done(future)) {
      const auto [result, error] = settled_value(next.outcome);
      if (!is_done(future)) error.is_none() ? set_result(future, result) : set_exception(future, error);
    }
    unsettled_.erase(next.tag);
  } catch (...) {
    ended_.push_front(std::move(next));
    throw;
  }
}

}  // namespace provider_host::bindings
