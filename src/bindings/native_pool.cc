#include "bindings/native_pool.h"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "bindings/gil.h"
#include "bindings/pool_options.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

// Python runs signal handlers on its main thread only.
unsigned long main_thread() {
  return py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
}

py::object value_of_json(const nlohmann::ordered_json& json) {
  return value_of(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

py::object path_object(const std::string& path) {
  auto text = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
  if (!text) throw py::error_already_set();
  return text;
}

// An object that the pool's own threads may hold and release: they take the GIL only for that.
std::shared_ptr<PyObject> shared(const py::object& object) {
  return {object.inc_ref().ptr(), [](PyObject* held) {
            const WithGil gil;
            Py_DECREF(held);
          }};
}

// On the log's thread. The function may be slow, and may run until the end of the program.
void log_line(PyObject* log, const LogLine& line) {
  const WithGil gil;
  const auto args = py::make_tuple(name_of(line.level), line.host, std::string(line.source), std::string(line.text));
  PyObject* const done = park_at_exit([&] { return PyObject_CallObject(log, args.ptr()); });
  Py_XDECREF(done);
  if (done == nullptr) PyErr_WriteUnraisable(log);
}

// On the thread of the callbacks.
void deliver(const py::object& settled, const Outcome& outcome) {
  const auto [result, error] = settled_value(outcome);
  PyObject* const done = park_at_exit([&, &value = result, &failure = error] {
    return PyObject_CallFunctionObjArgs(settled.ptr(), value.ptr(), failure.ptr(), nullptr);
  });
  if (done == nullptr) throw py::error_already_set();
  Py_DECREF(done);
}

// Pools whose destructor is running; the interpreter waits for them.
std::atomic<int> ending_pools{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

std::string function_name(const py::handle& function) {
  if (PyUnicode_Check(function.ptr())) return utf8_of("the function's name", function);
  throw py::type_error("the function must be given by its name, a str, not " + std::string(py::repr(function)));
}

void wait_for_ending_pools() {
  const WithoutGil free;
  while (const int left = ending_pools.load()) ending_pools.wait(left);
}

NativePool::NativePool(PoolOptions options, const py::object& log, std::shared_ptr<CancelToken> start)
    : process_(::getpid()),
      main_thread_(main_thread()),
      shutdown_timeout_(options.shutdown_timeout),
      deadline_(options.deadline),
      call_maker_(options) {
  options.log = [log = shared(log)](const LogLine& line) { log_line(log.get(), line); };
  options.callbacks = CallbackThread::kSettling;  // they only post
  auto given_up = [signalled = interrupted(), start = std::move(start)] {
    return (signalled && signalled()) || start->is_cancelled();
  };
  try {
    const WithoutGil free;
    pool_ = std::make_unique<Pool>(std::move(options), given_up);
  } catch (const ImportFailed& failed) {
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    raise(failed.error());
  }
}

bool NativePool::is_here() const { return ::getpid() == process_; }

NativePool::~NativePool() {
  if (!is_here()) {
    // The threads were left behind in the parent; there is nobody to stop and nothing to wait for.
    static_cast<void>(pool_.release());
    static_cast<void>(new std::shared_ptr<CallbackExecutor>(std::move(callbacks_)));
    return;
  }
  ++ending_pools;
  {
    const WithoutGil free;
    if (pool_ != nullptr) pool_->shutdown(0);
    pool_.reset();
    callbacks_->finish();
  }
  --ending_pools;
  ending_pools.notify_all();
}

Call NativePool::make_call(Api api, std::string function, const py::tuple& args, const CallLimits& limits) const {
  return call_maker_.make(api, std::move(function), args, limits);
}

std::function<bool()> NativePool::interrupted() const {
  if (PyThread_get_thread_ident() != main_thread_) return nullptr;
  return [] {
    const WithGil gil;
    return PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;  // no handler runs after one that has raised
  };
}

Outcome NativePool::run(Call call) {
  Outcome outcome;
  {
    const WithoutGil free;
    outcome = pool_->call(std::move(call), interrupted());
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return outcome;
}

py::object NativePool::call(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) {
  const Outcome outcome = run(make_call(api, function_name(function), args, limits));
  if (!outcome) raise(outcome.error());
  return value_of(outcome.json());
}

py::tuple NativePool::outcome(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) {
  return outcome_tuple(run(make_call(api, function_name(function), args, limits)));
}

Pending NativePool::submit(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits,
                           const py::object& on_settled, bool may_block) {
  Call call = make_call(api, function_name(function), args, limits);
  // The reference is given back on the thread of the callbacks; the pool may drop its copy of the function anywhere.
  PyObject* const callback = on_settled.inc_ref().ptr();
  auto post = [callbacks = callbacks_, callback](const Outcome& outcome) {
    callbacks->post([callback, outcome] { deliver(py::reinterpret_steal<py::object>(callback), outcome); });
  };
  Pending pending;
  try {
    const WithoutGil free;
    if (!may_block) return pool_->submit_nonblocking(std::move(call), std::move(post));
    pending = pool_->submit(std::move(call), std::move(post), interrupted());
  } catch (...) {
    on_settled.dec_ref();
    throw;
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return pending;
}

Api NativePool::default_api() const { return pool_->default_api(); }

py::object NativePool::inspect() {
  ScriptReport report;
  try {
    const WithoutGil free;
    report = pool_->inspect(interrupted());
  } catch (const std::runtime_error&) {
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    throw;
  }
  nlohmann::ordered_json functions = nlohmann::ordered_json::array();
  for (const FunctionReport& function : report.functions) functions.push_back(to_json(function));
  py::list files;
  for (const std::string& file : report.files) files.append(path_object(file));
  py::object result = value_of_json({{"script", report.script},
                                     {"python", report.python},
                                     {"python_version", report.python_version},
                                     {"import_ms", report.import_ms},
                                     {"ready_ms", report.ready_ms},
                                     {"functions", functions},
                                     {"suggestions", report.suggestions},
                                     {"tasks", report.tasks}});
  result["files"] = files;
  return result;
}

void NativePool::reload() {
  try {
    const WithoutGil free;
    pool_->reload(interrupted());
  } catch (const ImportFailed& failed) {
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    raise(failed.error());
  }
}

py::object NativePool::stats() {
  PoolStats stats;
  {
    const WithoutGil free;
    stats = pool_->stats();
  }
  return value_of_json(to_json(stats));
}

py::object NativePool::check_health(const py::handle& limit) {
  const double seconds = seconds_from("limit", limit);
  PoolStats stats;
  {
    const WithoutGil free;
    stats = pool_->check_health(seconds);
  }
  return value_of_json(to_json(stats));
}

void NativePool::flush_log() {
  const WithoutGil free;  // the log function needs the GIL
  pool_->flush_log();
}

void NativePool::shutdown(const py::handle& drain) {
  const auto seconds = drain.is_none() ? shutdown_timeout_ : seconds_from("drain", drain);
  {
    const WithoutGil free;
    pool_->shutdown(seconds, interrupted());
    callbacks_->finish();
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
}

}  // namespace provider_host::bindings
