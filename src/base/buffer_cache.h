#pragma once

#include <cstddef>

namespace provider_host {

/// One large block of memory that the calling thread has put aside instead of freeing it: a frame of a megabyte would
/// otherwise cost a page fault for every 4 KiB, each time. Blocks come from malloc.
struct CachedBuffer {
  static constexpr std::size_t kMinSize = std::size_t{32} << 10;  ///< Smaller ones malloc keeps by itself.
  static constexpr std::size_t kMaxSize = std::size_t{4} << 20;   ///< What a thread holds at most.

  char* data = nullptr;
  std::size_t size = 0;

  /// The spare block if it has at least `size` bytes, else none. The caller owns it.
  static CachedBuffer take(std::size_t size) noexcept;

  /// Takes ownership of a block of `size` bytes and keeps it or frees it.
  static void give(char* data, std::size_t size) noexcept;
};

}  // namespace provider_host
