#include "bindings/python_values.h"

#include <simdjson.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/byte_buffer.h"
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

// Readings that are not in use. Never destroyed: at the end of the process there may be no interpreter to give their
// objects back to.
class ReadingShelf {
 public:
  std::unique_ptr<Reading> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Reading>();
    auto reading = std::move(idle_.back());
    idle_.pop_back();
    return reading;
  }
  void put_back(std::unique_ptr<Reading> reading) {
    if (reading->text.capacity() > kKeptCapacity) return;
    reading->text.clear();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(reading));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reading>> idle_;
};

ReadingShelf& shelf() {
  static auto* const only = new ReadingShelf;
  return *only;
}

}  // namespace

std::string text_of(const py::handle& value, const values::WriterOptions& options) {
  ByteBuffer out;
  const auto written = values::JsonWriter(options).write(value.ptr(), out, {});
  if (written.fault) {
    const auto& fault = *written.fault;
    throw InvalidArguments(fault.traceback.empty() ? fault.message : fault.message + "\n" + fault.traceback);
  }
  return std::string(out.view());
}

py::object value_of(std::string_view json) {
  auto reading = shelf().take();
  // The reader reads values inside of a document, so the text becomes the only item of an array.
  reading->text.reserve(json.size() + 2);
  reading->text.push_back('[');
  reading->text.append(json);
  reading->text.push_back(']');
  auto document =
      reading->parser.iterate(reading->text.data(), reading->text.size(), reading->text.size() + ByteBuffer::kPadding);
  py::object array = reading->reader.read(document.get_value());
  shelf().put_back(std::move(reading));
  return py::reinterpret_borrow<py::object>(PyList_GET_ITEM(array.ptr(), 0));
}

py::object exception_of(const Error& error) {
  const std::string text = to_json(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return py::module_::import("provider_host._errors").attr("error_from_fields")(value_of(text));
}

void raise(const Error& error) {
  const py::object exception = exception_of(error);
  PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
  throw py::error_already_set();
}

}  // namespace provider_host::bindings
