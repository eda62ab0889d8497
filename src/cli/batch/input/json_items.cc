#include "cli/batch/input/json_items.h"

namespace provider_host::cli {
namespace {

bool is_space(int byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// What ends a number or a literal, valid or not.
bool ends_plain(int byte) {
  return is_space(byte) || byte == ByteCursor::kEnd || byte == ',' || byte == ']' || byte == '}';
}

}  // namespace

void JsonItems::skip_space() {
  while (is_space(cursor_.peek())) cursor_.advance();
}

void JsonItems::take() {
  if (text_.size() < limit_) {
    text_ += static_cast<char>(cursor_.peek());
  } else {
    too_long_ = true;
  }
  cursor_.advance();
}

void JsonItems::read_string() {
  take();
  for (int byte = cursor_.peek(); byte != ByteCursor::kEnd; byte = cursor_.peek()) {
    take();
    if (byte == '"') return;
    if (byte == '\\' && cursor_.peek() != ByteCursor::kEnd) take();
  }
}

void JsonItems::read_nested() {
  std::size_t depth = 0;
  do {
    const int byte = cursor_.peek();
    if (byte == ByteCursor::kEnd) return;
    if (byte == '"') {
      read_string();
      continue;
    }
    if (byte == '{' || byte == '[') ++depth;
    if (byte == '}' || byte == ']') --depth;
    take();
  } while (depth > 0);
}

void JsonItems::read_value() {
  text_.clear();
  too_long_ = false;
  const int first = cursor_.peek();
  if (first == '{' || first == '[') return read_nested();
  if (first == '"') return read_string();
  take();
  while (!ends_plain(cursor_.peek())) take();
}

std::optional<InputItem> JsonItems::last_item(const char* error) {
  ended_ = true;
  if (cursor_.is_stopped()) return std::nullopt;
  return InputItem{index_++, cursor_.line(), cursor_.offset(), {}, error};
}

// Whether an item follows; at the end of all it is false.
bool JsonItems::begin_item() {
  skip_space();
  if (!begun_) {
    begun_ = true;
    is_array_ = cursor_.peek() == '[';
    if (is_array_) cursor_.advance();
    skip_space();
  } else if (is_array_ && cursor_.peek() == ',') {
    cursor_.advance();
    skip_space();
  }
  if (is_array_ && cursor_.peek() == ']') {
    cursor_.advance();
    skip_space();
    closed_ = true;
  }
  return cursor_.peek() != ByteCursor::kEnd;
}

std::optional<InputItem> JsonItems::next() {
  if (ended_) return std::nullopt;
  const bool more = begin_item();
  if (closed_ && more) return last_item("there is something behind the end of the array");
  if (!more) {
    if (is_array_ && !closed_) return last_item("the array has no end; the file may have been cut off");
    ended_ = true;
    return std::nullopt;
  }
  const std::uint64_t line = cursor_.line();
  read_value();
  if (cursor_.is_stopped()) return std::nullopt;
  InputItem item{index_++, line, cursor_.offset(), text_};
  if (too_long_) {
    item.text = {};
    item.error = too_long_error(limit_);
  }
  return item;
}

}  // namespace provider_host::cli
