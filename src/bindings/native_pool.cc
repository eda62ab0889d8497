#include "bindings/native_pool.h"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "bindings/pool_options.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// Lines that may wait for a program that does not let go of the GIL.
constexpr std::size_t kMostLines = 10'000;

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

std::string function_name(const py::handle& function) {
  if (PyUnicode_Check(function.ptr())) return function.cast<std::string>();
  throw py::type_error("the function must be given by its name, a str, not " + std::string(py::repr(function)));
}

}  // namespace

NativePool::NativePool(PoolOptions options, py::object log)
    : process_(::getpid()), main_thread_(main_thread()), log_(std::move(log)) {
  writer_options_ = {.nan_as_null = options.nan == NanPolicy::kNull,
                     .replace_surrogates = options.surrogates == SurrogatePolicy::kReplace,
                     .escape_surrogates = true,  // a script may have any str that its caller has
                     .bytes_as_base64 = options.bytes == BytesPolicy::kBase64,
                     .size_limit = options.frame_limit,
                     .subject = "their text"};
  options.log = [this](const LogLine& line) { post_log(line); };
  options.callbacks = CallbackThread::kSettling;  // they only post
  deliveries_ = std::make_unique<Deliveries>();
  try {
    const py::gil_scoped_release free;
    pool_ = std::make_unique<Pool>(std::move(options), interrupted());
  } catch (const ImportFailed& failed) {
    {
      const py::gil_scoped_release free;
      deliveries_->finish();
    }
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    raise(failed.error());
  } catch (...) {
    const py::gil_scoped_release free;
    deliveries_->finish();
    throw;
  }
}

NativePool::~NativePool() {
  if (::getpid() != process_) {
    // The threads were left behind in the parent; there is nobody to stop and nothing to wait for.
    static_cast<void>(pool_.release());
    static_cast<void>(deliveries_.release());
    return;
  }
  const py::gil_scoped_release free;
  if (pool_ != nullptr) pool_->shutdown(0);
  if (deliveries_ != nullptr) deliveries_->finish();
}

void NativePool::check_process() const {
  if (::getpid() == process_) return;
  throw std::runtime_error("this Pool belongs to process " + std::to_string(process_) +
                           ", from which this one was forked; a pool and its hosts cannot be shared, so make one in "
                           "each process, after the fork");
}

void NativePool::post_log(const LogLine& line) {
  if (deliveries_->waiting() >= kMostLines) {
    ++lines_dropped_;
    return;
  }
  auto say = [this](LogLevel level, int host, const std::string& source, const std::string& text) {
    log_(name_of(level), host, source, text);
  };
  if (const auto dropped = lines_dropped_.exchange(0); dropped > 0) {
    deliveries_->post([say, dropped] {
      say(LogLevel::kWarning, 0, "pool", std::to_string(dropped) + " lines were dropped: this program was busy");
    });
  }
  deliveries_->post([say, level = line.level, host = line.host, source = std::string(line.source),
                     text = std::string(line.text)] { say(level, host, source, text); });
}

Call NativePool::make_call(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) const {
  Call call;
  call.api = api;
  call.function = function_name(function);
  call.timeout = limits.timeout;
  call.deadline = limits.deadline;
  call.retries = limits.retries;
  call.queue_wait = limits.queue_wait;
  call.affinity = limits.affinity;
  try {
    call.args_json = text_of(args, writer_options_);
  } catch (const InvalidArguments& problem) {
    call.args_problem = problem.what();
  }
  return call;
}

// On the main thread, whether a signal handler has raised; the exception stays set. Needs no GIL.
std::function<bool()> NativePool::interrupted() const {
  if (PyThread_get_thread_ident() != main_thread_) return nullptr;
  return [] {
    const py::gil_scoped_acquire gil;
    return PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;  // no handler runs after one that has raised
  };
}

Outcome NativePool::run(Call call) {
  check_process();
  Outcome outcome;
  {
    const py::gil_scoped_release free;
    outcome = pool_->call(std::move(call), interrupted());
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return outcome;
}

py::object NativePool::call(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) {
  const Outcome outcome = run(make_call(api, function, args, limits));
  if (!outcome) raise(outcome.error());
  return value_of(outcome.json());
}

py::tuple NativePool::outcome(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits) {
  const Outcome outcome = run(make_call(api, function, args, limits));
  return py::make_tuple(outcome.ok(), outcome ? value_of(outcome.json()) : exception_of(outcome.error()),
                        outcome.latency_ms, outcome.host, outcome.pid, outcome.stdout_text, outcome.stderr_text);
}

Pending NativePool::submit(Api api, const py::handle& function, const py::tuple& args, const CallLimits& limits,
                           const py::object& on_settled) {
  check_process();
  Call call = make_call(api, function, args, limits);
  // The reference is given back on the thread of the deliveries, which has the GIL; the pool may drop its copy of the
  // function anywhere.
  PyObject* const callback = on_settled.inc_ref().ptr();
  const py::gil_scoped_release free;
  return pool_->submit(std::move(call), [this, callback](const Outcome& outcome) {
    deliveries_->post([callback, outcome] {
      const auto settled = py::reinterpret_steal<py::object>(callback);
      if (outcome) {
        settled(value_of(outcome.json()), py::none());
      } else {
        settled(py::none(), exception_of(outcome.error()));
      }
    });
  });
}

Api NativePool::default_api() const {
  check_process();
  return pool_->default_api();
}

py::object NativePool::inspect() {
  check_process();
  ScriptReport report;
  try {
    const py::gil_scoped_release free;
    report = pool_->inspect(interrupted());
  } catch (const std::runtime_error&) {
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    throw;
  }
  nlohmann::ordered_json functions = nlohmann::ordered_json::array();
  for (const FunctionReport& function : report.functions) {
    functions.push_back({{"name", function.name},
                         {"kind", function.kind},
                         {"signature", function.signature},
                         {"faults", function.faults}});
  }
  return value_of_json({{"script", report.script},
                        {"python", report.python},
                        {"python_version", report.python_version},
                        {"import_ms", report.import_ms},
                        {"ready_ms", report.ready_ms},
                        {"functions", functions},
                        {"suggestions", report.suggestions},
                        {"tasks", report.tasks}});
}

py::object NativePool::stats() {
  check_process();
  PoolStats stats;
  {
    const py::gil_scoped_release free;
    stats = pool_->stats();
  }
  return value_of_json(to_json(stats));
}

py::object NativePool::check_health(const py::handle& limit) {
  check_process();
  const double seconds = seconds_from("limit", limit);
  PoolStats stats;
  {
    const py::gil_scoped_release free;
    stats = pool_->check_health(seconds);
  }
  return value_of_json(to_json(stats));
}

void NativePool::shutdown(const py::handle& drain) {
  check_process();
  const auto seconds = drain.is_none() ? std::nullopt : std::optional(seconds_from("drain", drain));
  const py::gil_scoped_release free;
  if (seconds) {
    pool_->shutdown(*seconds);
  } else {
    pool_->shutdown();
  }
  deliveries_->finish();
}

}  // namespace provider_host::bindings
