#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace provider_host::cli {

/// A stream of bytes. One thread at a time.
class ByteSource {
 public:
  enum class Status : std::uint8_t {
    kMore,
    kEnd,
    kStopped,  ///< The run was stopped while waiting.
  };
  struct Piece {
    Status status = Status::kEnd;
    std::size_t size = 0;  ///< More than 0 with kMore, else 0.
  };

  /// How much to read at once, in bytes.
  static constexpr std::size_t kReadSize = std::size_t{256} << 10;

  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Waits for bytes and puts at most `size` at `to`. Throws std::system_error when reading fails, DamagedInput when
  /// they are damaged.
  virtual Piece read(char* to, std::size_t size) = 0;
};

/// Reads a descriptor, which it does not own. `stop_fd`: one whose readability ends every wait, or -1. `before_read` is
/// called before each read, which may have to wait.
class DescriptorSource : public ByteSource {
 public:
  explicit DescriptorSource(int fd, int stop_fd = -1, std::function<void()> before_read = nullptr)
      : fd_(fd), stop_fd_(stop_fd), before_read_(std::move(before_read)) {}
  Piece read(char* to, std::size_t size) override;

 private:
  const int fd_;
  const int stop_fd_;
  const std::function<void()> before_read_;
};

/// Another source whose next bytes can be peeked at before they are read.
class LookAheadSource : public ByteSource {
 public:
  explicit LookAheadSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  Piece read(char* to, std::size_t size) override;

  /// The bytes peeked at so far; valid until the next call.
  [[nodiscard]] std::string_view seen() const { return std::string_view(seen_).substr(start_); }
  /// Waits for more of them. Returns false when no more will come.
  bool look();
  /// Skips some of the bytes peeked at.
  void skip(std::size_t count) { start_ += count; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string seen_;
  std::size_t start_ = 0;
};

}  // namespace provider_host::cli
