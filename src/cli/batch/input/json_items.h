#pragma once

#include <memory>
#include <string>

#include "cli/batch/input/byte_cursor.h"
#include "cli/batch/input/item_reader.h"

namespace provider_host::cli {

/// The items of a JSON array, or concatenated JSON values, with any line breaks. It finds only their ends; whether an
/// item is valid JSON is left to the parser of the item.
class JsonItems : public ItemReader {
 public:
  /// `limit`: the longest item in bytes.
  JsonItems(std::unique_ptr<ByteSource> source, std::size_t limit) : cursor_(std::move(source)), limit_(limit) {}

  std::optional<InputItem> next() override;

 private:
  void skip_space();
  bool begin_item();
  void read_value();
  void read_nested();
  void read_string();
  void take();
  std::optional<InputItem> last_item(const char* error);

  ByteCursor cursor_;
  const std::size_t limit_;
  std::string text_;
  std::uint64_t index_ = 0;
  bool begun_ = false;
  bool is_array_ = false;
  bool closed_ = false;    // the array has ended
  bool ended_ = false;     // there is nothing more to be had
  bool too_long_ = false;  // the current item
};

}  // namespace provider_host::cli
