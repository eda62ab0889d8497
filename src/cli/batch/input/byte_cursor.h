#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cli/io/byte_source.h"

namespace provider_host::cli {

/// Reads a source byte by byte and counts its lines.
class ByteCursor {
 public:
  static constexpr int kEnd = -1;  ///< What `peek` returns at the end, and when stopped.

  explicit ByteCursor(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  /// The next byte, 0 to 255, or kEnd.
  int peek() {
    if (start_ < end_ || fill()) return static_cast<unsigned char>(piece_[start_]);
    return kEnd;
  }
  /// Skips the byte that `peek` returned; not at the end.
  void advance() {
    if (piece_[start_] == '\n') ++line_;
    ++start_;
    ++offset_;
  }

  [[nodiscard]] std::uint64_t line() const { return line_; }      ///< Of the next byte, from 1.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }  ///< Of the next byte, from 0.
  /// Whether kEnd means that the run was stopped, not the end of the input.
  [[nodiscard]] bool is_stopped() const { return stopped_; }

 private:
  bool fill();

  std::unique_ptr<ByteSource> source_;
  std::string piece_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t offset_ = 0;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace provider_host::cli
