// Python values that the bytes describe become the JSON that Python's json writes, or an error where they have none;
// value_oracle.py makes the values and says which. The first byte has the options. Its bit 8 asks for values with
// hostile ones among them (hostile_values.py), of which nobody knows the JSON: there must be some, or an error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/byte_buffer.h"
#include "fuzz/python_oracle.h"
#include "values/json_writer.h"
#include "wire/json_text.h"

namespace py = pybind11;
namespace values = provider_host::values;
namespace wire = provider_host::wire;
using provider_host::fuzz::PythonOracle;

namespace {

void expect(bool fine, const char* what) {
  if (fine) return;
  std::cerr << what << "\n";
  std::abort();
}

// The text, or None for an error.
py::object written(const py::object& value, const values::WriterOptions& options, bool hostile) {
  provider_host::ByteBuffer out;
  out.append("{");
  const values::WriteResult result = values::JsonWriter(options).write(value.ptr(), out, {});
  expect(PyErr_Occurred() == nullptr, "a Python error is left");
  if (result.error) {
    expect(out.view() == "{", "the buffer was not cut back");
    expect(result.error->path.starts_with('$') && wire::is_utf8(result.error->path), "an odd path");
    expect(wire::is_utf8(result.error->message), "an odd error message");
    expect(wire::is_utf8(result.error->traceback) && (hostile || result.error->traceback.empty()), "an odd traceback");
    return py::none();
  }
  const auto text = out.view().substr(1);
  expect(wire::is_utf8(text) && !wire::json_error(text, 1000), "no JSON");
  return py::bytes(text.data(), text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PythonOracle oracle("value_oracle");
  if (size == 0) return 0;
  constexpr std::size_t kLimit = 65536;
  const values::WriterOptions options{.nan_as_null = (data[0] & 1U) != 0,
                                      .replace_surrogates = (data[0] & 2U) != 0,
                                      .bytes_as_base64 = (data[0] & 4U) != 0,
                                      .size_limit = kLimit};
  const bool hostile = (data[0] & 8U) != 0;
  const py::bytes bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (hostile) {
    written(oracle.call("build_hostile", bytes), options, true);
    return 0;
  }
  const py::object value = oracle.call("build", bytes);
  oracle.call("check", value, written(value, options, false), options.nan_as_null, options.replace_surrogates,
              options.bytes_as_base64, kLimit);
  return 0;
}
