#pragma once

#include <atomic>
#include <cstdint>

namespace provider_host::wire {

/// By one word in shared memory a pool takes back calls that a host has received and not begun, while the host runs
/// another one and cannot respond. Calls are counted from 1 in the order in which they are sent; the word has the lower
/// half of two of these numbers:
///
///   bits 32-63  begun     the last call that the host has begun, or found taken back
///   bits 0-31   recalled  the last call that the pool has taken back; `begun` when none lies ahead
///
/// Both sides change it by compare-and-swap, so each call is either begun or taken back. Numbers are compared modulo
/// 2^32: no more than 2^31 calls may lie between two of them.
using RecallWord = std::atomic<std::uint64_t>;

constexpr std::uint64_t make_recall_word(std::uint32_t begun, std::uint32_t recalled) {
  return std::uint64_t{begun} << 32U | recalled;
}

/// The host is about to begin this call. Returns whether it may: false when the pool has taken the call back.
inline bool begin_call(RecallWord& word, std::uint32_t call) {
  std::uint64_t now = word.load(std::memory_order_relaxed);
  while (true) {
    const auto recalled = static_cast<std::uint32_t>(now);
    const bool is_recalled = static_cast<std::int32_t>(recalled - call) >= 0;
    if (word.compare_exchange_weak(now, make_recall_word(call, is_recalled ? recalled : call))) return !is_recalled;
  }
}

/// The pool takes back all calls up to `last` that are not begun. Returns the last one that is begun: all behind it
/// are taken back.
inline std::uint32_t recall_calls(RecallWord& word, std::uint32_t last) {
  std::uint64_t now = word.load(std::memory_order_relaxed);
  while (!word.compare_exchange_weak(now, make_recall_word(static_cast<std::uint32_t>(now >> 32U), last))) {
  }
  return static_cast<std::uint32_t>(now >> 32U);
}

}  // namespace provider_host::wire
