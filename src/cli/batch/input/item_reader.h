#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// One call of a batch's input, as it was read.
struct InputItem {
  std::uint64_t index = 0;       ///< From 0.
  std::uint64_t line = 0;        ///< The one it begins in, from 1.
  std::uint64_t end_offset = 0;  ///< Bytes of the input up to here.
  std::string_view text;         ///< An object as JSON, or the prompt; valid until the next call. Empty with `error`.
  std::string error = {};        ///< Why the item is invalid; empty: not known to be.
};

/// Splits an input into its items, in memory bounded by the longest. One thread at a time.
class ItemReader {
 public:
  ItemReader() = default;
  virtual ~ItemReader() = default;
  ItemReader(const ItemReader&) = delete;
  ItemReader& operator=(const ItemReader&) = delete;

  /// The next item; nothing at the end, and when stopped. Throws what the source throws.
  virtual std::optional<InputItem> next() = 0;
};

/// The error for an item of more than `limit` bytes.
std::string too_long_error(std::size_t limit);

}  // namespace provider_host::cli
