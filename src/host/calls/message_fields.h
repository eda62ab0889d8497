#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::host {

/// Reads the fields of one message, in the order of docs/protocol.md. Every member throws
/// ProtocolViolation when the payload is something else. The payload needs ByteBuffer::kPadding readable bytes behind
/// it and must outlive this object; so must the parser, which reads one message at a time.
class MessageFields {
 public:
  MessageFields(simdjson::ondemand::parser& parser, std::string_view payload);
  MessageFields(const MessageFields&) = delete;
  MessageFields& operator=(const MessageFields&) = delete;

  /// The string at the next key, which must be `key`; valid as long as the parser's current document.
  std::string_view text(std::string_view key);
  /// The integer at the next key, from `low` to `high`.
  std::uint64_t number(std::string_view key, std::uint64_t low, std::uint64_t high);
  /// The value at the next key, unread; the caller reads all of it before the next member call.
  simdjson::ondemand::value value(std::string_view key);
  /// There must be nothing more.
  void end();

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string_view payload_;
  simdjson::ondemand::document document_;
  simdjson::ondemand::object object_;
  simdjson::simdjson_result<simdjson::ondemand::object_iterator> next_;
  bool begun_ = false;
};

}  // namespace provider_host::host
