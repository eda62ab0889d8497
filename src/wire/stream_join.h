#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wire/item_text.h"

namespace provider_host::wire {

/// Joins the items of a stream to one result (docs/reference/streams.md). Works on JSON texts: no text is decoded and
/// written again. Keeps the joined text, or all items as long as none had text. Pure.
class StreamJoin {
 public:
  /// `result_key` is the one that results of the API have beside `error`.
  explicit StreamJoin(std::string_view result_key = "output") : result_key_(result_key) {}

  /// The next item, valid JSON.
  void add(std::string_view json);

  /// The joined result as JSON: the last item if it is a whole result; else `{"output": the joined text}`, or the list
  /// of all items when none has text; with the tokens of the last chunk that tells them.
  [[nodiscard]] std::string result() const;

  /// What has come so far, as text: the joined text, or the JSON of the list of all items; nothing when there is none.
  [[nodiscard]] std::optional<std::string> partial() const;

  /// About how many bytes result() has.
  [[nodiscard]] std::size_t size() const;

 private:
  [[nodiscard]] bool is_whole_result(std::string_view json, const ItemParts& parts) const;
  void set_usage(std::string_view usage);

  std::string_view result_key_;
  std::size_t count_ = 0;
  bool has_text_ = false;
  bool has_bare_text_ = false;  // from a text or a chunk
  std::string text_;            // escaped, as in JSON
  std::string items_;           // with commas between them; empty once there is text
  std::string last_result_;     // the last item, when it is a whole result; else empty
  std::string usage_;           // the members of tokenUsage
};

}  // namespace provider_host::wire
