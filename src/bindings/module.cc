// provider_host._native: the pool for Python. What users see is in pysrc/provider_host/.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "bindings/block_runner.h"
#include "bindings/call_encoder.h"
#include "bindings/gil.h"
#include "bindings/loop_calls.h"
#include "bindings/native_map.h"
#include "bindings/native_pool.h"
#include "bindings/native_stream.h"
#include "bindings/pipe_frames.h"
#include "bindings/pool_options.h"
#include "provider_host/interpreters.h"

namespace py = pybind11;

using provider_host::Api;
using provider_host::Call;
using provider_host::Pending;
using provider_host::PoolOptions;
using namespace provider_host::bindings;  // NOLINT(google-build-using-namespace)

namespace {

// For objects that hold others: their class has `traverse` and `clear`.
template <typename Class>
void let_garbage_collection_see(PyHeapTypeObject* heap_type) {
  PyTypeObject& type = heap_type->ht_type;
  type.tp_flags |= Py_TPFLAGS_HAVE_GC;
  type.tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    return py::detail::is_holder_constructed(self) ? py::cast<Class&>(py::handle(self)).traverse(visit, arg) : 0;
  };
  type.tp_clear = [](PyObject* self) {
    if (py::detail::is_holder_constructed(self)) py::cast<Class&>(py::handle(self)).clear();
    return 0;
  };
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  Py_AtExit(&wait_for_threads_without_gil);
  module.attr("__version__") = PROVIDER_HOST_VERSION;
  py::register_exception<provider_host::ConfigError>(module, "ConfigError", PyExc_ValueError);

  py::enum_<Api>(module, "Api")
      .value("call", Api::kCall)
      .value("embedding", Api::kEmbedding)
      .value("classification", Api::kClassification)
      .value("none", Api::kNone);

  py::class_<CallLimits>(module, "CallLimits")
      .def(py::init(&limits_from), "Limits by their names; None and absent ones are the pool's.")
      .def_readonly("deadline", &CallLimits::deadline)
      .def_readonly("queue_wait", &CallLimits::queue_wait)
      .def_readonly("affinity", &CallLimits::affinity);

  py::class_<PoolOptions>(module, "Options").def(py::init(&options_from), "Options by their names.");
  module.def("described_options", &described_options);

  py::class_<Pending>(module, "Pending")
      .def("id", &Pending::id)
      .def("done", &Pending::done)
      .def("running", &Pending::running, py::call_guard<WithoutGil>())
      .def("cancel", &Pending::cancel, py::call_guard<WithoutGil>());

  py::class_<CancelToken, std::shared_ptr<CancelToken>>(module, "CancelToken")
      .def(py::init<>())
      .def("cancel", &CancelToken::cancel)
      .def("is_cancelled", &CancelToken::is_cancelled);

  py::class_<NativePool>(module, "NativePool")
      .def(py::init<PoolOptions, const py::object&, std::shared_ptr<CancelToken>>())
      .def("call", &NativePool::call)
      .def("outcome", &NativePool::outcome)
      .def("submit", &NativePool::submit, py::arg("api"), py::arg("function"), py::arg("args"), py::arg("limits"),
           py::arg("on_settled"), py::arg("may_block"))
      .def("default_api", &NativePool::default_api)
      .def("inspect", &NativePool::inspect)
      .def("reload", &NativePool::reload)
      .def("stats", &NativePool::stats)
      .def("check_health", &NativePool::check_health)
      .def("flush_log", &NativePool::flush_log)
      .def("shutdown", &NativePool::shutdown);

  py::enum_<MapYield>(module, "MapYield")
      .value("results", MapYield::kResults)
      .value("results_and_errors", MapYield::kResultsAndErrors)
      .value("outcomes", MapYield::kOutcomes);

  py::class_<NativeMap>(module, "NativeMap")
      .def(py::init([](py::object pool, Api api, const py::handle& function, const CallLimits& limits,
                       std::size_t at_a_time, std::size_t in_flight, std::size_t most, MapYield yield) {
             return std::make_unique<NativeMap>(std::move(pool), PromptCalls{api, function_name(function), limits},
                                                at_a_time, in_flight, most, yield);
           }),
           py::arg("pool"), py::arg("api"), py::arg("function"), py::arg("limits"), py::arg("at_a_time"),
           py::arg("in_flight"), py::arg("most"), py::arg("yields"))
      .def(
          "take",
          [](NativeMap& self, const py::handle& prompts, const py::handle& options, const py::handle& context,
             const py::handle& identity, const py::handle& key) {
            return self.take({prompts, options, context, identity, key});
          },
          py::arg("prompts"), py::arg("options"), py::arg("context"), py::arg("identity"), py::arg("key"))
      .def("cancel", &NativeMap::cancel);

  py::class_<LoopCalls>(module, "LoopCalls", py::custom_type_setup(&let_garbage_collection_see<LoopCalls>))
      .def(py::init<>())
      .def("fileno", &LoopCalls::fileno)
      .def("call", &LoopCalls::call)
      .def("cancel", &LoopCalls::cancel)
      .def("settle", &LoopCalls::settle);

  py::class_<ReadableStreams, std::shared_ptr<ReadableStreams>>(module, "ReadableStreams")
      .def(py::init<>())
      .def("fileno", &ReadableStreams::fileno)
      .def("first", &ReadableStreams::first)
      .def("drop_first", &ReadableStreams::drop_first);

  py::class_<NativeStream>(module, "NativeStream")
      .def(py::init(
          [](py::object pool, Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) {
            Call call = py::cast<NativePool&>(pool).make_call(api, function_name(function), args, limits);
            return std::make_unique<NativeStream>(std::move(pool), std::move(call), std::nullopt);
          }))
      .def(py::init([](py::object pool, Api api, const py::handle& function, const py::tuple& args,
                       const CallLimits& limits, std::shared_ptr<ReadableStreams> streams, std::uint64_t number,
                       py::object wake) {
        Call call = py::cast<NativePool&>(pool).make_call(api, function_name(function), args, limits);
        return std::make_unique<NativeStream>(std::move(pool), std::move(call),
                                              LoopOfStream{std::move(streams), number, std::move(wake)});
      }))
      .def("next", &NativeStream::next)
      .def("try_next", &NativeStream::try_next)
      .def("close", &NativeStream::close);

  py::class_<CallEncoder>(module, "CallEncoder")
      .def(py::init<const PoolOptions&>())
      .def("encode", &CallEncoder::encode);
  module.def("split_frames", &split_frames);
  module.def("read_response", &read_response);

  py::class_<BlockRunner>(module, "BlockRunner")
      .def(py::init<py::object>())
      .def("submit", &BlockRunner::submit, py::arg("block"), py::arg("ages") = py::none())
      .def("take", &BlockRunner::take, py::arg("wait"), py::arg("gather"), py::arg("limit"))
      .def("cancel", &BlockRunner::cancel, py::arg("ids"))
      .def("withdraw", &BlockRunner::withdraw, py::arg("ids"))
      .def("outstanding", &BlockRunner::outstanding)
      .def("close", &BlockRunner::close);

  module.def("wait_for_ending_pools", &wait_for_ending_pools);
  module.def("seconds_from", &seconds_from);
  module.def("workers_from", &workers_from);
  module.def(
      "find_host",
      [](const std::string& python) {
        const auto interpreter = provider_host::find_interpreter(python);
        return py::make_tuple(interpreter.executable, interpreter.version, host_executable_for(interpreter).path);
      },
      "(interpreter, version, host executable) for `python`, as a pool would choose them.");
}
