#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "provider_host/outcome_sink.h"

namespace provider_host::pipe {

/// Reads the payloads of responses, be it with details or without. Keeps its memory from one to the next, up to 4 MiB.
/// Not thread-safe.
class ResponseReader {
 public:
  ResponseReader();
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// The outcome that a message of the type `result` or `error` tells, under the id of its call; nothing for messages
  /// of other types, which are not read further. The text of a result stays as it is and is checked only so far that
  /// its end is known. Throws std::runtime_error for what is no message, and for an error that belongs to no call.
  std::optional<TaggedOutcome> read(std::string_view payload);

 private:
  struct Parser;  // simdjson's types depend on the flags of the compiler, so that they stay out of headers
  struct Response;

  std::unique_ptr<Parser> parser_;
};

}  // namespace provider_host::pipe
