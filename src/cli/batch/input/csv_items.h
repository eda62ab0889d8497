#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/batch/input/byte_cursor.h"
#include "cli/batch/input/item_reader.h"

namespace provider_host::cli {

/// The rows of a CSV table (RFC 4180) with a header. The columns `prompt`, `id`, `function` and `timeout` are those
/// fields; every other column is a string variable of its name. Empty rows are skipped.
class CsvItems : public ItemReader {
 public:
  /// `limit`: the longest row in bytes. `name`: of the input, for messages.
  CsvItems(std::unique_ptr<ByteSource> source, char delimiter, std::size_t limit, std::string name)
      : cursor_(std::move(source)), delimiter_(delimiter), limit_(limit), name_(std::move(name)) {}

  /// Throws UsageError, at the first call, when the header has no column `prompt`, or a name twice.
  std::optional<InputItem> next() override;

 private:
  bool read_row();
  void read_cell();
  void read_quoted(std::string& cell);
  void take(std::string& cell);
  void read_header();
  void fill_text();

  ByteCursor cursor_;
  const char delimiter_;
  const std::size_t limit_;
  const std::string name_;
  std::vector<std::string> header_;
  std::vector<std::string> cells_;
  std::string error_;     // of the current row
  std::size_t size_ = 0;  // of the current row
  std::string text_;
  std::uint64_t index_ = 0;
};

}  // namespace provider_host::cli
