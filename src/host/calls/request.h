#pragma once

#include <pybind11/pybind11.h>
#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/calls/call_head.h"
#include "values/json_reader.h"

namespace provider_host::host {

/// What the result of a call must contain (docs/protocol.md, "api").
enum class Api : std::uint8_t { kCall, kEmbedding, kClassification, kNone };

/// One `call`, `stream`, `watched` or `inspect` message. Needs the GIL for its life.
struct Request {
  std::uint64_t id = 0;
  bool inspect = false;
  Mode mode = Mode::kCall;
  std::string function;
  Api api = Api::kNone;
  pybind11::object args;   ///< A list; empty when `args_error` is set.
  std::string args_error;  ///< Why the arguments could not become Python objects, though they are JSON.
};

/// Turns payloads into requests, JSON straight into Python objects. Keeps its memory from one to the next, up to 4 MiB.
/// Not thread-safe; needs the GIL.
class RequestReader {
 public:
  /// `payload` must have ByteBuffer::kPadding readable bytes behind it. Throws ProtocolViolation.
  Request read(std::string_view payload);

 private:
  std::optional<Request> read_call(const CallHead& head);
  Request read_any(std::string_view payload);

  std::optional<simdjson::ondemand::parser> parser_;
  values::JsonReader json_reader_;
};

}  // namespace provider_host::host
