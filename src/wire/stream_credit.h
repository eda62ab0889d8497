#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace provider_host::wire {

/// How much of a stream its host may send before its reader has read it (docs/protocol.md, "Streams"). Both sides
/// count alike. Pure; not thread-safe.
class StreamCredit {
 public:
  /// What a stream begins with, in bytes.
  static constexpr std::int64_t kInitial = 65'536;
  /// What an item costs at least, so that few tiny items are under way.
  static constexpr std::size_t kMinCost = 256;
  /// The most that one message may grant.
  static constexpr std::uint64_t kMaxGrant = std::uint64_t{1} << 40U;

  /// Of an item whose message has a payload of that many bytes.
  static constexpr std::int64_t cost_of(std::size_t payload) {
    return static_cast<std::int64_t>(std::max(payload, kMinCost));
  }

  /// Whether another item may be sent. The last one may cost more than there is left.
  [[nodiscard]] bool is_open() const { return left_ > 0; }
  void spend(std::int64_t cost) { left_ -= cost; }
  void grant(std::int64_t bytes) { left_ += bytes; }

 private:
  std::int64_t left_ = kInitial;
};

}  // namespace provider_host::wire
