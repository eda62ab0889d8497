#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "base/buffer_cache.h"
#include "base/huge_pages.h"

namespace provider_host {

/// A growable run of bytes that never zero-fills, and always keeps kPadding readable bytes behind its end, as simdjson
/// asks for. Owns its memory; move-only; not thread-safe.
class ByteBuffer {
 public:
  static constexpr std::size_t kPadding = 64;

  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept { swap(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() { release(); }

  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] const char* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Bytes that fit without another allocation, the padding not counted.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }

  /// Reserves space for `more` bytes behind the end and returns where they go. Throws std::bad_alloc.
  char* reserve(std::size_t more) {
    if (size_ + more > capacity_ || data_ == nullptr) grow(size_ + more);
    return data_ + size_;
  }
  /// Says that `count` bytes were written at the end; they must have been reserved.
  void commit(std::size_t count) noexcept { size_ += count; }

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(reserve(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void push_back(char c) {
    *reserve(1) = c;
    ++size_;
  }

  /// Cuts to `size`, which must not be above size(); keeps the memory.
  void truncate(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept { size_ = 0; }

  /// Releases the memory when it is above `keep` bytes, so that one huge frame does not stay for ever. Clears.
  void clear_and_release_above(std::size_t keep) noexcept {
    size_ = 0;
    if (capacity_ > keep) release();
  }

  void swap(ByteBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  void grow(std::size_t needed) {
    std::size_t capacity = capacity_ < 512 ? 1024 : capacity_ * 2;
    if (capacity < needed) capacity = needed;
    if (const CachedBuffer spare = CachedBuffer::take(capacity + kPadding); spare.data != nullptr) {
      if (size_ > 0) std::memcpy(spare.data, data_, size_);
      std::free(std::exchange(data_, spare.data));
      capacity_ = spare.size - kPadding;
      return;
    }
    void* data = std::realloc(data_, capacity + kPadding);
    if (data == nullptr) throw std::bad_alloc();
    prefer_huge_pages(data, capacity);
    data_ = static_cast<char*>(data);
    capacity_ = capacity;
  }
  void release() noexcept {
    if (data_ != nullptr) CachedBuffer::give(data_, capacity_ + kPadding);
    data_ = nullptr;
    capacity_ = 0;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace provider_host
