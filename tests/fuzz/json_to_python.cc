// Whatever stands in the arguments of a call, the parent's checker and the host's reader take it or refuse it alike,
// and the Python values are those of json.loads (json_oracle.py has the differences that are intended).
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "fuzz/python_oracle.h"
#include "host/calls/request.h"
#include "host/protocol_violation.h"
#include "wire/frame_codec.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"

namespace py = pybind11;
using provider_host::ByteBuffer;
using provider_host::fuzz::PythonOracle;

namespace {

py::object read(std::string_view args) {
  static auto& reader = *new provider_host::host::RequestReader;
  ByteBuffer payload;
  payload.append(R"({"type":"call","id":1,"function":"f","api":"none","args":)");
  payload.append(args);
  payload.append("}");
  try {
    const auto request = reader.read(payload.view());
    if (!request.args_error.empty()) std::abort();
    return request.args;
  } catch (const provider_host::host::ProtocolViolation&) {
    return py::none();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PythonOracle oracle("json_oracle");
  const std::string args = "[" + std::string(reinterpret_cast<const char*>(data), size) + "]";
  const py::object value = read(args);
  const bool checked = provider_host::wire::is_utf8(args) &&
                       !provider_host::wire::JsonChecker(args, provider_host::wire::kMaxValueDepth,
                                                         provider_host::wire::LoneSurrogates::kAllowed)
                            .find_error();
  if (checked == value.is_none()) {
    std::cerr << "the checker and the reader disagree; the checker " << (checked ? "accepts\n" : "refuses\n");
    std::abort();
  }
  oracle.call("check_value", py::bytes(args), value);
  return 0;
}
