#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace provider_host::wire {

/// What one item of a stream is (docs/reference/streams.md). Views point into its JSON.
struct ItemParts {
  enum class Kind {
    kText,   ///< A text.
    kDelta,  ///< `{"output": text}`, with no other key.
    kChunk,  ///< An object with an array `choices`, as of OpenAI's API.
    kOther,
  };
  Kind kind = Kind::kOther;
  bool is_object = false;
  /// What it adds to the text of its stream, as in JSON: what stands between the quotes. Of a chunk it may be empty.
  std::optional<std::string_view> text;
  /// Of a chunk: its object `usage`; else empty.
  std::string_view usage;
};

/// `json` must be JSON; a text and a delta without spaces are read the fastest.
ItemParts parts_of_item(std::string_view json);

/// What an item adds to the text of its stream; nothing when it has no text. `json` must be JSON.
std::optional<std::string> item_text(std::string_view json);

}  // namespace provider_host::wire
