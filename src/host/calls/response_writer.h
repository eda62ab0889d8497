#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "host/calls/request.h"
#include "host/python/bootstrap_modules.h"
#include "host/start_message.h"
#include "values/json_writer.h"
#include "wire/stream_join.h"

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
  /// {"type":"result"…} for what a stream has returned to its reader, whatever the api wants.
  void returned(const Request& request, const pybind11::object& value);
  /// {"type":"result"…} for the joined items of a call.
  void joined(const Request& request, const wire::StreamJoin& items);
  /// {"type":"item"…}. Returns null, or the ERROR for an item that has no JSON form or is above the limit.
  pybind11::object item(const Request& request, std::size_t index, const pybind11::object& item);
  /// The JSON of the item in the last message.
  [[nodiscard]] std::string_view item_json() const;
  /// {"type":"progress"…}
  void progress(std::uint64_t id);
  /// {"type":"error"…}; `error` is an ERROR as a dict.
  void error(std::uint64_t id, const pybind11::object& error);
  /// The same for what user code raised, an exception object. `partial` is what had come of a joined result.
  void exception(std::uint64_t id, const pybind11::object& raised, const std::optional<std::string>& partial = {});
  /// {"type":"recalled"…}
  void recalled(std::uint64_t id);
  /// {"type":"failed"…}
  void failed(const pybind11::object& error);
  /// {"type":"ready"…}, or the same of a template; `type` says which.
  void imported(std::string_view type, double import_ms, std::string_view default_api);
  /// {"type":"unforkable"…}
  void unforkable(const std::string& reason);

  /// The last message; empty after nothing(). Valid until the next one.
  ByteBuffer& frame() { return out_; }
  void nothing() { out_.clear(); }
  [[nodiscard]] std::size_t payload_size() const;
  /// The ERROR for what has so many bytes; `what` is the message up to that number.
  [[nodiscard]] pybind11::dict above_limit(const std::string& what, std::size_t size) const;
  [[nodiscard]] std::size_t frame_limit() const { return frame_limit_; }
  /// Frees the memory of a huge message once it is sent.
  void release();

 private:
  void begin(std::string_view prefix);
  void begin(std::string_view prefix, std::uint64_t id, std::string_view key);
  void error_object(std::string_view prefix, pybind11::dict error);
  void value(const Request& request, const pybind11::object& value, std::span<const std::string_view> required);
  void end_result(const Request& request);

  BootstrapModules& modules_;
  std::size_t frame_limit_;
  values::JsonWriter results_;  // with the options of the start message
  values::JsonWriter items_;    // the same, for errors about items
  values::JsonWriter texts_;    // for our own objects: replaces surrogates, so that it cannot fail
  ByteBuffer out_;
  std::size_t item_start_ = 0;  // in out_
};

/// The key that a result of this API has beside `error`.
std::string_view result_key(Api api);

/// An ERROR as a dict.
pybind11::dict make_error(std::string_view kind, std::string_view message);
/// The exception of a call for which the host has no memory.
pybind11::object make_memory_error();
/// The same with `partial`, if there is one.
void set_partial(pybind11::dict& error, const std::optional<std::string>& partial);

}  // namespace provider_host::host
