#include "bindings/python_values.h"

#include <simdjson.h>

#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/byte_buffer.h"
#include "base/mutex.h"
#include "bindings/gil.h"
#include "values/json_reader.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

constexpr std::size_t kKeptCapacity = std::size_t{4} << 20;

// What reading needs, and keeps its memory from one text to the next.
struct Reading {
  ByteBuffer text;
  simdjson::ondemand::parser parser;
  values::JsonReader reader;
};

// Readings that are not in use. Never destroyed: at the end of the process there may be no interpreter to release their
// objects to.
class ReadingShelf {
 public:
  std::unique_ptr<Reading> take() {
    const MutexLock lock(mutex_);
    if (idle_.empty()) return std::make_unique<Reading>();
    auto reading = std::move(idle_.back());
    idle_.pop_back();
    return reading;
  }
  void put_back(std::unique_ptr<Reading> reading) {
    if (reading->text.capacity() > kKeptCapacity) return;
    reading->text.clear();
    const MutexLock lock(mutex_);
    idle_.push_back(std::move(reading));
  }

 private:
  Mutex mutex_;
  std::vector<std::unique_ptr<Reading>> idle_ GUARDED_BY(mutex_);
};

ReadingShelf& shelf() {
  static auto* const only = new ReadingShelf;
  return *only;
}

}  // namespace

std::string text_of(const py::handle& value, const values::WriterOptions& options) {
  ByteBuffer out;
  const auto written = park_at_exit([&] { return values::JsonWriter(options).write(value.ptr(), out, {}); });
  if (written.error) {
    const auto& error = *written.error;
    throw InvalidArguments(error.traceback.empty() ? error.message : error.message + "\n" + error.traceback);
  }
  return std::string(out.view());
}

py::object value_of(std::string_view json) {
  auto reading = shelf().take();
  // The reader reads arrays, objects, and what is in them; so any other value becomes the only item of an array.
  const bool is_wrapped = !json.starts_with('[') && !json.starts_with('{');
  reading->text.reserve(json.size() + 2);
  if (is_wrapped) reading->text.push_back('[');
  reading->text.append(json);
  if (is_wrapped) reading->text.push_back(']');
  auto document =
      reading->parser.iterate(reading->text.data(), reading->text.size(), reading->text.size() + ByteBuffer::kPadding);
  py::object value = reading->reader.read(document.get_value());
  shelf().put_back(std::move(reading));
  if (!is_wrapped) return value;
  return py::reinterpret_borrow<py::object>(PyList_GET_ITEM(value.ptr(), 0));
}

py::object exception_of(const Error& error) {
  const py::object fields = value_of(to_json(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  PyObject* const exception = park_at_exit([&fields]() -> PyObject* {
    PyObject* const module = PyImport_ImportModule("provider_host._errors");
    if (module == nullptr) return nullptr;
    PyObject* const made = PyObject_CallMethod(module, "error_from_fields", "O", fields.ptr());
    Py_DECREF(module);
    return made;
  });
  if (exception == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(exception);
}

py::object current_exception() {
  try {
    throw;
  } catch (py::error_already_set& raised) {
    return raised.value();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return py::error_already_set().value();
}

SettledValue settled_value(const Outcome& outcome) {
  try {
    if (outcome) return {value_of(outcome.json()), py::none()};
    return {py::none(), exception_of(outcome.error())};
  } catch (...) {
    return {py::none(), current_exception()};
  }
}

py::tuple outcome_tuple(const Outcome& outcome) {
  return py::make_tuple(outcome.ok(), outcome ? value_of(outcome.json()) : exception_of(outcome.error()),
                        outcome.latency_ms, outcome.host, outcome.pid, outcome.stdout_text, outcome.stderr_text);
}

void raise(const Error& error) {
  const py::object exception = exception_of(error);
  PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
  throw py::error_already_set();
}

std::string utf8_of(const char* subject, const py::handle& text) {
  Py_ssize_t size = 0;
  if (const char* const bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) {
    return {bytes, static_cast<std::size_t>(size)};
  }
  PyErr_Clear();
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = std::string(subject) + " is no Unicode text: " + std::string(py::repr(text));
  raise(error);
}

}  // namespace provider_host::bindings
