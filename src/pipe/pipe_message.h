#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "provider_host/call.h"

namespace provider_host::pipe {

/// What a client of `provider-host pipe` may send (docs/protocol.md, "The pipe"). Ids are 1 to 2^53-1.
struct CallMessage {
  std::uint64_t id = 0;
  Call call;             ///< Its arguments are the text that was sent; the pool checks them.
  bool details = false;  ///< Whether the response is to have them.
};
struct CancelMessage {
  std::uint64_t id = 0;
};
struct InspectMessage {
  std::uint64_t id = 0;
};
struct BadMessage {
  std::optional<std::uint64_t> id;  ///< Of the call that was meant, if that can be told.
  std::string what;                 ///< What is wrong, for a person.
};
using PipeMessage = std::variant<CallMessage, CancelMessage, InspectMessage, BadMessage>;

/// Reads payloads of frames; keys may come in any order. Values are not turned into a tree. Keeps its memory from one
/// to the next, up to 4 MiB. Not thread-safe.
class PipeMessageReader {
 public:
  /// `default_function`: that of calls that name none; empty: the one of their API.
  explicit PipeMessageReader(std::string default_function);
  ~PipeMessageReader();
  PipeMessageReader(const PipeMessageReader&) = delete;
  PipeMessageReader& operator=(const PipeMessageReader&) = delete;

  /// `payload` must have ByteBuffer::kPadding readable bytes behind it; it may be anything.
  PipeMessage read(std::string_view payload);

 private:
  struct Parser;  // simdjson's types depend on the flags of the compiler, so that they stay out of headers
  struct Fields;

  // What the views point to lives until the next message.
  Fields fields_of(std::string_view payload);
  [[nodiscard]] PipeMessage call_of(const Fields& fields) const;
  BadMessage unreadable(std::string_view payload, const Fields& fields);

  std::string default_function_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace provider_host::pipe
