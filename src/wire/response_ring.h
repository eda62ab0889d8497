#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace provider_host::wire {

/// A ring in shared memory with what a host has written to its call channel and not sent yet. The pool can take it from
/// there, so that the host need not send each response by itself, and none is lost when the host dies. Bytes are
/// counted from the begin of the stream that the host writes to the channel; byte N is `bytes[N % kCapacity]`.
///
///   stream  ──── sent or taken ────│──── only in the ring ────│
///                               claimed                      end
///
/// Each byte goes one way: either side claims it by compare-and-swap of `claimed`, the host before it sends it, the
/// pool before it copies it. One thread on each side.
struct ResponseRing {
  static constexpr std::size_t kCapacity = std::size_t{32} << 10;
  static constexpr std::size_t kCacheLine = 64;

  alignas(kCacheLine) std::atomic<std::uint64_t> end;      ///< Only the host writes it.
  alignas(kCacheLine) std::atomic<std::uint64_t> claimed;  ///< Both write it.
  std::atomic<std::uint32_t> copying;                      ///< 1 while the pool copies. Only the pool writes it.
  alignas(kCacheLine) std::array<char, kCapacity> bytes;

  /// A run of bytes; the second part is empty unless it goes around the end of `bytes`.
  using Parts = std::array<std::string_view, 2>;
  /// The bytes from `begin` to `begin + size`, at most kCapacity of them.
  [[nodiscard]] Parts parts(std::uint64_t begin, std::size_t size) const {
    const std::size_t first = before_wrap(begin, size);
    return {{{bytes.data() + begin % kCapacity, first}, {bytes.data(), size - first}}};
  }
  /// How many of these bytes come before the end of `bytes`.
  static std::size_t before_wrap(std::uint64_t begin, std::size_t size) {
    return std::min<std::size_t>(size, kCapacity - begin % kCapacity);
  }
};

/// The host's side.
class RingWriter {
 public:
  explicit RingWriter(ResponseRing& ring) : ring_(ring) {}

  /// So many bytes were sent before there was a ring. To be called first.
  void restart(std::uint64_t position) { skip(position - end_); }

  /// So many bytes were sent past the ring, which is empty.
  void skip(std::uint64_t size) {
    end_ += size;
    ring_.claimed.store(end_, std::memory_order_release);  // first, so that the pool never takes them
    ring_.end.store(end_, std::memory_order_release);
  }

  /// Whether everything in it is claimed.
  [[nodiscard]] bool empty() const { return ring_.claimed.load(std::memory_order_relaxed) == end_; }

  /// Adds a whole frame; false when there is no room for it.
  bool add(std::string_view frame) {
    const std::uint64_t claimed = ring_.claimed.load(std::memory_order_acquire);
    if (ring_.copying.load(std::memory_order_acquire) == 0) free_up_to_ = claimed;
    if (end_ - free_up_to_ + frame.size() > ResponseRing::kCapacity) return false;
    const std::size_t before_wrap = ResponseRing::before_wrap(end_, frame.size());
    std::memcpy(ring_.bytes.data() + end_ % ResponseRing::kCapacity, frame.data(), before_wrap);
    std::memcpy(ring_.bytes.data(), frame.data() + before_wrap, frame.size() - before_wrap);
    end_ += frame.size();
    ring_.end.store(end_, std::memory_order_release);
    return true;
  }

  /// Claims all that the pool has not taken; the caller sends it before it adds more.
  ResponseRing::Parts claim() {
    const std::uint64_t begin = ring_.claimed.exchange(end_);
    return ring_.parts(begin, end_ - begin);
  }

 private:
  ResponseRing& ring_;
  std::uint64_t end_ = 0;
  std::uint64_t free_up_to_ = 0;  // nobody reads bytes before it any more
};

/// The pool's side. `read` is how many bytes of the stream it has read so far: only what follows these is taken. Calls
/// `use(Parts)`, which may throw. Returns false when the host's numbers cannot be.
template <typename Use>
bool take_responses(ResponseRing& ring, std::uint64_t read, Use use) {
  // In this order: the host may go on between the two.
  const std::uint64_t end = ring.end.load(std::memory_order_acquire);
  std::uint64_t begin = ring.claimed.load(std::memory_order_acquire);
  if (begin != read || end <= begin) return true;
  if (end - begin > ResponseRing::kCapacity) return false;
  const struct Copying {
    explicit Copying(ResponseRing& of) : ring(of) { ring.copying.store(1); }
    ~Copying() { ring.copying.store(0, std::memory_order_release); }
    ResponseRing& ring;
  } copying(ring);
  if (ring.claimed.compare_exchange_strong(begin, end)) use(ring.parts(begin, end - begin));
  return true;
}

/// The same when the channel has ended: the host may have claimed bytes that it has not sent.
template <typename Use>
void take_last_responses(const ResponseRing& ring, std::uint64_t read, Use use) {
  const std::uint64_t end = ring.end.load(std::memory_order_acquire);
  if (end > read && end - read <= ResponseRing::kCapacity) use(ring.parts(read, end - read));
}

}  // namespace provider_host::wire
