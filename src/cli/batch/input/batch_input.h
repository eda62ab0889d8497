#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/batch/input/input_format.h"
#include "cli/batch/input/item_reader.h"
#include "cli/batch/shard.h"
#include "cli/io/byte_source.h"
#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// The calls of a batch's INPUT, read as they are needed. It detects compression and format, and splits the input into
/// items. One thread at a time.
class BatchInput {
 public:
  struct Settings {
    std::size_t limit = 0;              ///< The longest item in bytes.
    int stop_fd = -1;                   ///< Readable: the run was stopped; ends every wait.
    std::optional<InputFormat> format;  ///< Empty: recognised.
    bool has_prompts = true;            ///< Calls take a prompt, so that text and tables may be inputs.
    Shard shard;                        ///< Other items are passed over; they count for the index.
  };

  /// Opens `name`, `-` being stdin. Throws UsageError when it is missing, a directory, unreadable or, for a file, of a
  /// kind that is not read; a pipe is recognised by the first `next()`.
  BatchInput(std::string name, Settings settings);
  BatchInput(const BatchInput&) = delete;
  BatchInput& operator=(const BatchInput&) = delete;

  /// `action` is called whenever `next()` is about to read from the file or pipe, which may have to wait. So the caller
  /// can pass on what it holds back. It throws nothing.
  void before_read(std::function<void()> action) { before_read_ = std::move(action); }

  /// The next item of the shard; nothing at the end, and when stopped. Throws UsageError when reading fails.
  std::optional<InputItem> next();

  /// Whether each item is a prompt, not an object. Known after the first `next()`.
  [[nodiscard]] bool is_text() const { return is_text_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Bytes to be read; 0 when unknown (a pipe, or compressed).
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Items of the shard, for a file that can be counted quickly; nothing otherwise. Does not move the position.
  [[nodiscard]] std::optional<std::uint64_t> count() const;
  /// Whether it is a file, which can be read from its beginning by another BatchInput, and not stdin or a pipe.
  [[nodiscard]] bool is_file() const { return is_file_; }
  /// Another one of the same file, at its beginning.
  [[nodiscard]] BatchInput from_beginning() const;
  [[nodiscard]] int fd() const { return file_.get(); }

 private:
  void open_items();
  std::unique_ptr<LookAheadSource> decompress(std::unique_ptr<LookAheadSource> source);
  [[nodiscard]] RecognisedInput recognise(LookAheadSource& source) const;

  std::string name_;
  Settings settings_;
  FileDescriptor file_;
  std::function<void()> before_read_;
  std::unique_ptr<ItemReader> items_;  // null: not recognised yet
  bool is_text_ = false;
  bool is_file_ = false;
  bool is_compressed_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace provider_host::cli
