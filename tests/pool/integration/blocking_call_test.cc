// Callers that leave their own call, and responses that come as the time is up: a host that a caller talks to itself.
#include <csignal>
#include <stdexcept>
#include <thread>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

class BlockingCallTest : public EachConcurrency {
 protected:
  PoolOptions options_for(const std::string& child) {
    PoolOptions options = EachConcurrency::options_for(child);
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;
    return options;
  }
  static void expect_one_cancelled(const Pool& pool) {
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.errors_by_kind, (std::map<std::string, std::uint64_t>{{"cancelled", 1}}));
    EXPECT_EQ(stats.queued, 0U);
  }
};
INSTANTIATE_TEST_SUITE_P(Pool, BlockingCallTest, kEachConcurrency, concurrency_name);

TEST_P(BlockingCallTest, WhatInterruptedThrowsReachesTheCallerAndCostsNobodyElseAnything) {
  const Gate gate(script());  // nobody opens it
  Pool pool(options_for("gated"));
  EXPECT_THROW(pool.call(echo_call("gate"), []() -> bool { throw std::runtime_error("stop"); }), std::runtime_error);
  expect_one_cancelled(pool);
  EXPECT_THROW(pool.call(echo_call("gate"), []() -> bool { throw 1; }), int);
  EXPECT_THROW(pool.call(echo_call("gate"), []() -> bool { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_EQ(pool.stats().failed, 3U);
  expect_echo(pool.call(echo_call("next")), "next");
  pool.shutdown(0);
}

TEST_P(BlockingCallTest, WhatInterruptedThrowsWhileTheCallIsQueuedReachesTheCaller) {
  const Gate gate(script());  // nobody opens it
  Pool pool(options_for("gated"));
  std::vector<Pending> busy;
  for (int i = 0; i < GetParam(); ++i) busy.push_back(pool.submit(echo_call("gate")));
  log_.wait_for("got");
  EXPECT_THROW(pool.call(echo_call("x"), []() -> bool { throw std::runtime_error("stop"); }), std::runtime_error);
  expect_one_cancelled(pool);
  for (const Pending& call : busy) EXPECT_FALSE(call.done());
  pool.shutdown(0);
}

// The prompt is the caller's: a host may get it only as long as the caller stays.
TEST_P(BlockingCallTest, APromptIsTheCallersAgainWhenWhatInterruptedThrewReachesIt) {
  Pool pool(options_for("silent"));
  {
    const std::string prompt(std::size_t{1} << 20, 'x');
    const auto call = [&] {
      return pool.call(Call::api_call(prompt), []() -> bool { throw std::runtime_error("stop"); });
    };
    EXPECT_THROW(call(), std::runtime_error);
  }
  expect_one_cancelled(pool);
}

TEST_P(BlockingCallTest, AResponseThatIsThereWhenTheTimeIsUpCounts) {
  const Gate gate(script());
  Pool pool(options_for("logs_responses"));
  Call call = echo_call("gate");
  call.timeout = 1.5;
  bool is_late = false;
  // It is asked on the caller's thread, which is as late as it takes here.
  const Outcome outcome = pool.call(call, [&] {
    if (std::exchange(is_late, true)) return false;
    const auto begin = std::chrono::steady_clock::now();
    gate.open();
    log_.wait_for("responded to");
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(1600));
    return false;
  });
  EXPECT_EQ(outcome.json(), "[\"gate\"]") << (outcome ? Error() : outcome.error());
  EXPECT_EQ(pool.call(echo_call("x")).pid, outcome.pid);
  EXPECT_EQ(pool.stats().restarts, 0U);
}

// As in a signal handler, which runs where a call is asked whether it is interrupted.
TEST_P(BlockingCallTest, APoolCanBeShutDownInsideACall) {
  const Gate gate(script());  // nobody opens it
  Pool pool(options_for("gated"));
  const Outcome outcome = pool.call(echo_call("gate"), [&] {
    pool.shutdown(0);
    return false;
  });
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kShuttingDown);
  EXPECT_EQ(pool.stats().failed, 1U);
}

TEST_P(BlockingCallTest, AShutdownInsideACallGivesThatCallItsTime) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  const Outcome outcome = pool.call(echo_call("gate"), [&] {
    gate.open();
    pool.shutdown(60);
    return true;
  });
  EXPECT_EQ(outcome.json(), "[\"gate\"]") << (outcome ? Error() : outcome.error());
}

TEST_P(BlockingCallTest, ACallInsideACallGetsItsHostWhenThatOneIsDone) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  bool is_inside = false;
  const Outcome outer = pool.call(echo_call("gate"), [&] {
    if (std::exchange(is_inside, true)) return false;
    std::thread opener([&] { gate.open(); });
    expect_echo(pool.call(echo_call("inner")), "inner");
    opener.join();
    return false;
  });
  EXPECT_EQ(outer.json(), "[\"gate\"]") << (outer ? Error() : outer.error());
  expect_echo(pool.call(echo_call("next")), "next");
  EXPECT_EQ(pool.stats().restarts, 0U);
}

TEST_P(BlockingCallTest, ACallThatWasLeftToThePoolCanBeInterrupted) {
  const Gate gate(script());  // nobody opens it
  Pool pool(options_for("gated"));
  const auto wait_for_the_pool = [&] { pool.check_health(0); };
  const Outcome outcome = pool.call(echo_call("gate"), [&] {
    wait_for_the_pool();
    return true;
  });
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kCancelled);
  const auto stop = [&]() -> bool {
    wait_for_the_pool();
    throw std::runtime_error("stop");
  };
  EXPECT_THROW(pool.call(echo_call("gate"), stop), std::runtime_error);
  Call limited = echo_call("gate");
  limited.timeout = 0.1;
  const Outcome late = pool.call(limited, [&] {
    wait_for_the_pool();
    return false;
  });
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  expect_echo(pool.call(echo_call("next")), "next");
}

TEST_P(BlockingCallTest, AHostThatEndsUnderItsCallerAsThePoolEndsHasNotCrashed) {
  Pool pool(options_for("silent"));
  const int pid = pool.stats().hosts.at(0).pid;
  std::thread closer;
  const Outcome outcome = pool.call(echo_call("x"), [&] {
    if (closer.joinable()) return false;
    log_.wait_for("got [\"x\"]");
    closer = std::thread([&] { pool.shutdown(0); });
    wait_until_dead(pid);
    return false;
  });
  closer.join();
  EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
  EXPECT_FALSE(log_.has("exited with code")) << log_.wait_for("exited with code");
  EXPECT_TRUE(pool.stats().restarts_by_cause.empty());
}

}  // namespace
}  // namespace provider_host
