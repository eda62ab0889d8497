#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/file_descriptor.h"
#include "cli/line_reader.h"

namespace provider_host::cli {

/// The lines of a batch's INPUT, read as they are needed. One thread at a time.
class BatchInput {
 public:
  struct Item {
    std::uint64_t index = 0;       ///< From 0.
    std::uint64_t line = 0;        ///< From 1.
    std::uint64_t end_offset = 0;  ///< Bytes of the input up to here.
    bool too_long = false;         ///< More bytes than the limit; `text` is empty.
    std::string_view text;         ///< Valid until the next call.
  };

  /// Opens `name`, `-` being stdin. `limit`: the longest line in bytes. `stop_fd`: see LineReader.
  /// Throws UsageError when it is missing, a folder, unreadable or UTF-16.
  BatchInput(std::string name, std::size_t limit, int stop_fd);

  /// The next item; nothing at the end, and when stopped. Blank lines of a .jsonl are passed over.
  /// Throws UsageError when reading fails.
  std::optional<Item> next();

  /// Whether each line is a prompt (.txt), not an object.
  [[nodiscard]] bool is_text() const { return is_text_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Bytes to be read; 0 when unknown (a pipe).
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Items of a file that can be counted quickly; nothing otherwise. Does not move the position.
  [[nodiscard]] std::optional<std::uint64_t> count() const;
  /// Whether this is the regular file at `path`.
  [[nodiscard]] bool is_file(const std::string& path) const;

 private:
  void refuse_utf16() const;

  std::string name_;
  bool is_text_;
  std::size_t limit_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
  LineReader reader_;
  std::uint64_t index_ = 0;
  std::uint64_t line_ = 0;
};

}  // namespace provider_host::cli
