#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "host/calls/request.h"
#include "host/python/bootstrap_modules.h"
#include "host/start_message.h"
#include "values/json_writer.h"

namespace provider_host::host {

/// Writes the host's messages of docs/protocol.md into one buffer, as whole frames. The header's bytes are
/// reserved at the front and filled in later. Python values become JSON right there. Whatever the value is, the outcome
/// is one well-formed frame within the limit. Not thread-safe; needs the GIL. Writing may run user code (`__json__`).
class ResponseWriter {
 public:
  ResponseWriter(const StartMessage& start, BootstrapModules& modules);

  /// {"type":"result"…} for what a call returned; {"type":"error"…} when it has no JSON form or not the shape its api
  /// wants.
  void result(const Request& request, const pybind11::object& value);
  /// {"type":"error"…}; `error` is an ERROR as a dict.
  void error(std::uint64_t id, const pybind11::object& error);
  /// The same for what user code raised, an exception object.
  void exception(std::uint64_t id, const pybind11::object& raised);
  /// {"type":"recalled"…}
  void recalled(std::uint64_t id);
  /// {"type":"failed"…}
  void failed(const pybind11::object& error);
  /// {"type":"ready"…}
  void ready(double import_ms, std::string_view default_api);

  /// The last message. Valid until the next one.
  ByteBuffer& frame() { return out_; }
  /// Frees the memory of a huge message once it is sent.
  void release();

 private:
  void begin(std::string_view prefix);
  void object(std::string_view prefix, const pybind11::object& object);
  void error_object(std::string_view prefix, pybind11::dict error);
  bool plain_result(const Request& request, const pybind11::object& value);
  [[nodiscard]] std::size_t payload_size() const;

  BootstrapModules& modules_;
  std::size_t frame_limit_;
  values::JsonWriter results_;  // with the options of the start message
  values::JsonWriter texts_;    // for our own objects: replaces surrogates, so that it cannot fail
  ByteBuffer out_;
};

/// An ERROR as a dict.
pybind11::dict make_error(std::string_view kind, std::string_view message);

}  // namespace provider_host::host
