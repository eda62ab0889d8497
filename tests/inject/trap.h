#pragma once

#include <atomic>
#include <cstdint>

namespace provider_host::inject {

/// Whose places count.
enum class Threads : std::uint8_t {
  kThis,    ///< The thread that arms the trap.
  kOthers,  ///< Every other one, those of a pool for example.
  kAll,
};

/// Which places fail, of those that are passed while the trap is armed: number `first`, counted from 1, and each
/// `period` places after it, until `most` have failed. 0, 0: none, they are counted only. 3, 0: the third. 3, 1: all
/// from the third on.
struct Places {
  std::uint64_t first = 0;
  std::uint64_t period = 0;
  std::uint64_t most = UINT64_MAX;
};

/// Counts the places of one kind that threads pass, and says which of them are to fail. Does not allocate and may be
/// asked by any thread at any time; it is armed by one at a time. Constant-initialised: it works before main().
class Trap {
 public:
  void arm(Threads threads, Places places);
  void disarm() { armed_.store(false, std::memory_order_release); }

  /// A place is passed: whether it fails.
  bool strikes() { return armed_.load(std::memory_order_acquire) && counted_strikes(); }

  [[nodiscard]] std::uint64_t passed() const { return passed_.load(); }
  [[nodiscard]] std::uint64_t failed() const { return failed_.load(); }

 private:
  bool counted_strikes();

  std::atomic<bool> armed_ = false;
  std::atomic<Threads> threads_ = Threads::kThis;
  std::atomic<const void*> owner_ = nullptr;
  std::atomic<std::uint64_t> first_ = 0;
  std::atomic<std::uint64_t> period_ = 0;
  std::atomic<std::uint64_t> most_ = 0;
  std::atomic<std::uint64_t> passed_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
};

/// As long as this lives, the thread that made it passes no place: for code of a test, callbacks for example, between
/// what is tested.
class Spared {
 public:
  Spared();
  ~Spared();
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;
};

/// Undoes every Spared of the thread as long as this lives: around what is tested.
class Exposed {
 public:
  Exposed();
  ~Exposed();
  Exposed(const Exposed&) = delete;
  Exposed& operator=(const Exposed&) = delete;

 private:
  int spared_;
};

}  // namespace provider_host::inject
