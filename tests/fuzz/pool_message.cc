// Whatever a pool says, the host reads what Python's json reads, or calls it a violation: a start message when the
// first byte is even, a call or an inspection otherwise.
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "fuzz/python_oracle.h"
#include "host/calls/request.h"
#include "host/protocol_violation.h"
#include "host/start_message.h"

namespace py = pybind11;
namespace host = provider_host::host;
using provider_host::ByteBuffer;
using provider_host::fuzz::PythonOracle;

namespace {

py::object start_of(std::string_view payload) {
  try {
    const host::StartMessage start = host::read_start_message(payload);
    const py::object umask = start.umask ? py::object(py::int_(*start.umask)) : py::none();
    return py::make_tuple(start.is_template, py::bytes(start.python), py::bytes(start.script), start.concurrency,
                          start.frame_limit, start.nan_as_null, start.replace_surrogates, start.bytes_as_base64,
                          start.uvloop, start.memory_limit, start.core_dumps, start.no_new_privs, umask);
  } catch (const host::ProtocolViolation&) {
    return py::none();
  }
}

py::object request_of(std::string_view payload) {
  static auto& reader = *new host::RequestReader;
  try {
    const host::Request request = reader.read(payload);
    if (request.inspect) return py::make_tuple(request.id);
    return py::make_tuple(static_cast<int>(request.mode), request.id, request.function, static_cast<int>(request.api),
                          request.args);
  } catch (const host::ProtocolViolation&) {
    return py::none();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PythonOracle oracle("json_oracle");
  if (size == 0) return 0;
  ByteBuffer payload;
  payload.append({reinterpret_cast<const char*>(data) + 1, size - 1});
  payload.reserve(1);
  const py::bytes bytes(payload.data(), payload.size());
  if (data[0] % 2 == 0) {
    oracle.call("check_start", bytes, start_of(payload.view()));
  } else {
    oracle.call("check_request", bytes, request_of(payload.view()));
  }
  return 0;
}
