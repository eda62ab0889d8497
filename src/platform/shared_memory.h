#pragma once

#include <cstddef>
#include <utility>

#include "base/fd.h"

namespace provider_host::platform {

/// Memory that two processes map, all zeroes at first. It lives until both have unmapped it. Move-only.
class SharedMemory {
 public:
  /// Maps nothing; data() is null.
  SharedMemory() = default;
  /// Maps `size` bytes behind a descriptor, which may be closed afterwards. If there are fewer, the pages behind them
  /// are memory of this process alone. Throws std::system_error.
  static SharedMemory map(int fd, std::size_t size);

  /// Maps what is behind another descriptor instead, at the same address. Throws std::system_error.
  void replace(int fd);

  SharedMemory(SharedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        is_whole_(std::exchange(other.is_whole_, false)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(is_whole_, other.is_whole_);
    return *this;
  }
  ~SharedMemory();

  [[nodiscard]] void* data() const { return data_; }
  /// Whether all of it is shared.
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  SharedMemory(void* data, std::size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  std::size_t size_ = 0;
  bool is_whole_ = false;
};

/// A descriptor of `size` bytes of new memory; close-on-exec and above 2. Where the limit on the size of files
/// (RLIMIT_FSIZE) does not allow so many, of `least` bytes. Throws std::system_error.
Fd make_shared_memory(std::size_t size, std::size_t least);

}  // namespace provider_host::platform
