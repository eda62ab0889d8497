#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "inject/failing_allocations.h"
#include "inject/failing_system_calls.h"
#include "pool/integration/child_pool.h"

namespace provider_host {

/// What is to fail.
struct Shortage {
  std::string_view name;
  std::optional<inject::SystemCall> call;  ///< Empty: allocations.
  int error = 0;
};

/// That, at one place of chosen threads, from arm() to stop().
class Failing {
 public:
  Failing(const Shortage& shortage, inject::Threads threads, std::uint64_t place)
      : shortage_(shortage), threads_(threads), place_(place) {}

  void arm() {
    if (shortage_.call) {
      system_calls_.emplace(shortage_.call, shortage_.error, threads_, inject::Places{.first = place_});
    } else {
      allocations_.emplace(threads_, inject::Places{.first = place_});
    }
  }
  void stop() {
    if (system_calls_) hit_ = system_calls_->failed() > 0;
    if (allocations_) hit_ = allocations_->failed() > 0;
    system_calls_.reset();
    allocations_.reset();
  }
  /// Whether that place was passed.
  [[nodiscard]] bool hit() const { return hit_; }

 private:
  const Shortage& shortage_;
  inject::Threads threads_;
  std::uint64_t place_;
  bool hit_ = false;
  std::optional<inject::FailingAllocations> allocations_;
  std::optional<inject::FailingSystemCalls> system_calls_;
};

/// Scenes that are repeated with the first place failing, then with the second, and so on, until no place is left.
class Sweep : public ChildPool {
 protected:
  /// Of system calls, which are repeated while something is waited for, so many places are tried.
  static constexpr std::uint64_t kMaxSystemCalls = 3;
  static constexpr double kStuck = 30;

  PoolOptions options_for(int concurrency) {
    PoolOptions options = ChildPool::options_for("hostile");
    options.concurrency = concurrency;
    options.interrupt_grace = 0.01;
    options.stop_grace = 0.1;
    options.max_consecutive_crashes = 1'000'000;
    options.log = [](const LogLine&) {};
    return options;
  }

  /// Runs `scene` for one place after the other, in the pool's threads and, with `here`, in this one. It arms and stops
  /// what it is given. Of many places, every one of the first dozen and then fewer and fewer.
  static void for_each_place(const Shortage& shortage, bool here, const std::function<void(Failing&)>& scene) {
    constexpr std::uint64_t kDozen = 12;
    const std::uint64_t most = shortage.call ? kMaxSystemCalls : UINT64_MAX;
    for (const inject::Threads threads : {inject::Threads::kThis, inject::Threads::kOthers}) {
      bool hit = here || threads == inject::Threads::kOthers;
      for (std::uint64_t place = 1; hit && place <= most; place += place < kDozen ? 1 : place / 3) {
        SCOPED_TRACE(std::string(shortage.name) + (threads == inject::Threads::kThis ? " here" : " in the pool") +
                     ", place " + std::to_string(place));
        Failing failing(shortage, threads, place);
        scene(failing);
        failing.stop();
        hit = failing.hit();
        if (HasFatalFailure()) ::_exit(1);  // the pool would wait for ever for what does not settle
      }
    }
  }

  /// Makes the call in each way; one that throws was not taken.
  static void expect_settled_calls(Pool& pool, const Call& call, Failing& failing) {
    std::atomic<int> callbacks = 0;
    std::optional<Outcome> returned;
    std::optional<Pending> pending;
    Call first = call;
    Call second = call;
    const std::function<void(const Outcome&)> on_settled = [&](const Outcome&) { ++callbacks; };
    failing.arm();
    try {
      pending = pool.submit(std::move(first), on_settled);
      returned = pool.call(std::move(second));
    } catch (const std::bad_alloc&) {
    }
    ASSERT_TRUE(!pending || pending->wait_for(kStuck)) << "a submitted call has not settled";
    failing.stop();
    if (pending) expect_own(pending->get());
    if (returned) expect_own(*returned);
    expect_well(pool);
    while (pending && callbacks == 0) std::this_thread::yield();  // it runs on a thread of its own
    EXPECT_EQ(callbacks, pending ? 1 : 0);
  }

  /// The pool has settled what it counted, and responds, perhaps after a pause that it asks for.
  static void expect_well(Pool& pool) {
    Outcome outcome;
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(kStuck);
    do {
      const Pending pending = pool.submit(Call::api_call("after"));
      ASSERT_TRUE(pending.wait_for(kStuck)) << "the next call has not settled";
      outcome = pending.get();
      if (outcome) break;
      ASSERT_EQ(outcome.error().kind, ErrorKind::kPoolUnavailable) << outcome.error();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (std::chrono::steady_clock::now() < end);
    expect_own(outcome, R"({"output":"after"})");
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.submitted, stats.succeeded + stats.failed);
    EXPECT_EQ(stats.queued, 0U);
  }

  static void expect_own(const Outcome& outcome, std::string_view json = R"({"output":"x"})") {
    EXPECT_EQ(outcome ? outcome.json() : json, json);
  }
};

}  // namespace provider_host
