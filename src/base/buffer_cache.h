#pragma once

#include <cstddef>

namespace provider_host {

/// A cache of one large memory block per thread. A released block is kept instead of freed: a frame of a megabyte would
/// otherwise cost a page fault for every 4 KiB, each time. Blocks come from malloc.
struct CachedBuffer {
  static constexpr std::size_t kMinSize = std::size_t{32} << 10;  ///< malloc caches smaller ones itself.
  static constexpr std::size_t kMaxSize = std::size_t{4} << 20;   ///< The most that a thread keeps.

  char* data = nullptr;
  std::size_t size = 0;

  /// The cached block if it has at least `size` bytes, else none. The caller owns it.
  static CachedBuffer take(std::size_t size) noexcept;

  /// Takes ownership of a block of `size` bytes and keeps it or frees it.
  static void give(char* data, std::size_t size) noexcept;
};

}  // namespace provider_host
