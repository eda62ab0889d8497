#include "cli/batch/input/csv_items.h"

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

bool is_blank(const std::vector<std::string>& cells) { return cells.size() == 1 && trim(cells.front()).empty(); }

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

}  // namespace

void CsvItems::take(std::string& cell) {
  if (size_++ < limit_) {
    cell += static_cast<char>(cursor_.peek());
  } else {
    error_ = too_long_error(limit_);
  }
  cursor_.advance();
}

void CsvItems::read_quoted(std::string& cell) {
  cursor_.advance();
  while (true) {
    const int byte = cursor_.peek();
    if (byte == ByteCursor::kEnd) {
      error_ = "a quoted cell has no end";
      return;
    }
    if (byte != '"') {
      take(cell);
      continue;
    }
    cursor_.advance();
    if (cursor_.peek() != '"') return;
    take(cell);
  }
}

void CsvItems::read_cell() {
  std::string cell;
  if (cursor_.peek() == '"') read_quoted(cell);
  const std::size_t quoted = cell.size();
  while (true) {
    const int byte = cursor_.peek();
    if (byte == ByteCursor::kEnd || byte == '\n' || byte == static_cast<unsigned char>(delimiter_)) break;
    take(cell);
  }
  // Of a "\r\n" that ends the row.
  const bool ends_row = cursor_.peek() != static_cast<unsigned char>(delimiter_);
  if (ends_row && cell.size() > quoted && cell.ends_with('\r')) cell.pop_back();
  cells_.push_back(std::move(cell));
}

// Returns false at the end, and when stopped.
bool CsvItems::read_row() {
  cells_.clear();
  error_.clear();
  size_ = 0;
  if (cursor_.peek() == ByteCursor::kEnd) return false;
  while (true) {
    read_cell();
    const int byte = cursor_.peek();
    if (byte == ByteCursor::kEnd) return !cursor_.is_stopped();
    cursor_.advance();
    if (byte == '\n') return true;
  }
}

void CsvItems::read_header() {
  do {
    if (!read_row()) return;
  } while (is_blank(cells_));
  header_ = cells_;
  for (std::string& name : header_) name = std::string(trim(name));
  if (std::ranges::find(header_, "prompt") == header_.end()) {
    throw UsageError("the input '" + name_ + "' has no column 'prompt'; its columns are " + joined(header_) +
                     ". Give the one with the prompts that name");
  }
  std::vector<std::string> sorted = header_;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    throw UsageError("the input '" + name_ + "' has the column '" + *twice + "' twice; give one of them another name");
  }
}

// The row as the object that a .jsonl would have.
void CsvItems::fill_text() {
  std::string fields;
  std::string vars;
  for (std::size_t at = 0; at < header_.size(); ++at) {
    const std::string& name = header_[at];
    const std::string& cell = cells_[at];
    if (name == "prompt") {
      fields += ",\"prompt\":" + quote(cell);
    } else if (name == "id" || name == "function") {
      if (!cell.empty()) fields += ",\"" + name + "\":" + quote(cell);
    } else if (name == "timeout") {
      if (!cell.empty()) fields += ",\"timeout\":" + (json_error(cell) ? quote(cell) : cell);
    } else {
      vars += (vars.empty() ? "" : ",") + quote(name) + ":" + quote(cell);
    }
  }
  text_ = "{" + fields.substr(1) + ",\"vars\":{" + vars + "}}";
}

std::optional<InputItem> CsvItems::next() {
  if (header_.empty()) read_header();
  std::uint64_t line = 0;
  do {
    line = cursor_.line();
    if (!read_row()) return std::nullopt;
  } while (error_.empty() && is_blank(cells_));
  if (error_.empty() && cells_.size() != header_.size()) {
    error_ = "it has " + std::to_string(cells_.size()) + " cells, the header " + std::to_string(header_.size());
  }
  if (error_.empty()) {
    try {
      fill_text();
    } catch (const JsonError& error) {
      error_ = error.what();
    }
  }
  return InputItem{index_++, line, cursor_.offset(), error_.empty() ? std::string_view(text_) : "", error_};
}

}  // namespace provider_host::cli
