// Hosts that die or break the protocol under a call: the call settles once and of the right kind, the next one works.
#include <csignal>
#include <thread>
#include <tuple>

#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

struct Misbehavior {
  const char* child;
  ErrorKind kind;
  const char* message;
};
void PrintTo(const Misbehavior& misbehavior, std::ostream* out) { *out << misbehavior.child; }

class EachMisbehaviorTest : public ChildPool, public testing::WithParamInterface<std::tuple<Misbehavior, int>> {
 protected:
  [[nodiscard]] static Misbehavior misbehavior() { return std::get<0>(GetParam()); }
  /// As many calls are in flight in the host when it does what it should not.
  [[nodiscard]] static int in_flight() { return std::get<1>(GetParam()); }

  PoolOptions options() {
    PoolOptions options = options_for(misbehavior().child);
    options.concurrency = in_flight();
    return options;
  }
  static void expect_rejected(const Outcome& outcome) {
    EXPECT_EQ(kind_of(outcome), misbehavior().kind);
    if (!outcome) {
      EXPECT_THAT(outcome.error().message, HasSubstr(misbehavior().message));
      EXPECT_THAT(outcome.error().message, HasSubstr("pid " + std::to_string(outcome.pid)));
    }
    EXPECT_EQ(outcome.host, 1);
  }
  static void expect_recovery(Pool& pool, int dead_pid) {
    const auto count = static_cast<std::uint64_t>(in_flight());
    for (const Outcome& next : call_at_once(pool, in_flight())) {
      expect_echo(next, "x");
      EXPECT_EQ(next.host, 1);
      EXPECT_NE(next.pid, dead_pid);
    }
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.submitted, 2 * count);
    EXPECT_EQ(stats.failed, count);
    EXPECT_EQ(stats.succeeded, count);
    EXPECT_EQ(stats.restarts, 1U);
    wait_until_dead(dead_pid);  // it is killed when its calls settle, it dies when the kernel gets to it
    pool.shutdown();
    EXPECT_FALSE(process_exists(dead_pid));
  }
};

TEST_P(EachMisbehaviorTest, CostTheCallsOfTheHostTheirResultsAndNothingElse) {
  Pool pool(options());
  const auto outcomes = call_at_once(pool, in_flight());
  for (const Outcome& outcome : outcomes) {
    expect_rejected(outcome);
    EXPECT_EQ(outcome.pid, outcomes[0].pid);
  }
  expect_recovery(pool, outcomes[0].pid);
}

TEST_P(EachMisbehaviorTest, CostSubmittedCallsTheirResultsAndNothingElse) {
  Pool pool(options());
  Settlings settlings;
  std::vector<Pending> pending;
  for (int i = 0; i < in_flight(); ++i) {
    const std::string name = std::to_string(i);
    pending.push_back(pool.submit(echo_call(name), settlings.expect(name)));
  }
  for (const Pending& call : pending) {
    expect_rejected(call.get());
    EXPECT_EQ(call.get().pid, pending[0].get().pid);
  }
  expect_recovery(pool, pending[0].get().pid);
  pool.shutdown();
  EXPECT_TRUE(settlings.each_once());
}

INSTANTIATE_TEST_SUITE_P(
    Pool, EachMisbehaviorTest,
    testing::Combine(
        testing::Values(Misbehavior{"crash_mid_frame", ErrorKind::kHostCrashed,
                                    "was killed by SIGKILL (Killed) while running f"},
                        Misbehavior{"segfaults_on_call", ErrorKind::kHostCrashed, "SIGSEGV"},
                        Misbehavior{"grandchild_holds_pipes", ErrorKind::kHostCrashed, "SIGKILL"},
                        Misbehavior{"sends_not_utf8", ErrorKind::kProtocolError, "not UTF-8"},
                        Misbehavior{"sends_not_json", ErrorKind::kProtocolError, "not JSON"},
                        Misbehavior{"sends_too_long", ErrorKind::kProtocolError, "a frame of 4294967295 bytes"},
                        Misbehavior{"sends_length_zero", ErrorKind::kProtocolError, "a frame of length 0"},
                        Misbehavior{"wrong_id", ErrorKind::kProtocolError, "999999"},
                        Misbehavior{"closes_channel", ErrorKind::kProtocolError, "closed its call channel"},
                        Misbehavior{"ready_twice", ErrorKind::kProtocolError, "ready"}),
        testing::Values(1, 4)),
    [](const auto& parameter) {
      return std::string(std::get<0>(parameter.param).child) + "_under_" + std::to_string(std::get<1>(parameter.param));
    });

class MisbehavingHostsTest : public EachConcurrency {};
INSTANTIATE_TEST_SUITE_P(Pool, MisbehavingHostsTest, kEachConcurrency, concurrency_name);

TEST_P(MisbehavingHostsTest, TellHowTheHostDied) {
  Pool pool(options_for("segfaults_on_call"));
  for (const Outcome& outcome : call_at_once(pool, GetParam())) {
    ASSERT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
    EXPECT_EQ(outcome.error().signal, SIGSEGV);
    EXPECT_EQ(outcome.error().exit_code, std::nullopt);
  }
}

TEST_P(MisbehavingHostsTest, AreSurvivedWithALogThatThrows) {
  PoolOptions options = options_for("segfaults_on_call");
  options.log = [](const LogLine&) { throw std::runtime_error("a full disk"); };
  Pool pool(std::move(options));
  for (const Outcome& outcome : call_at_once(pool, GetParam())) EXPECT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
  expect_echo(pool.call(echo_call("next")), "next");
  pool.shutdown();
  EXPECT_EQ(pool.stats().succeeded, 1U);
}

TEST_P(MisbehavingHostsTest, EndTheChildrenOfTheHostToo) {
  Pool pool(options_for("grandchild_holds_pipes"));
  for (const Outcome& outcome : call_at_once(pool, GetParam())) EXPECT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
  const std::string line = log_.wait_for("grandchild ");
  wait_until_dead(std::stoi(line.substr(line.find_last_of(' '))));
}

TEST_P(MisbehavingHostsTest, OnTheControlChannelReplaceTheHost) {
  Pool pool(options_for("bad_control"));
  const Outcome outcome = pool.call(echo_call("x"));  // its response may come before the rubbish is seen
  if (!outcome) {
    EXPECT_EQ(kind_of(outcome), ErrorKind::kProtocolError);
  }
  EXPECT_THAT(log_.wait_for("broke the frame protocol"), HasSubstr("control channel"));
  const Outcome next = pool.submit(echo_call("y")).get();
  ASSERT_TRUE(next) << next.error();
  EXPECT_NE(next.pid, outcome.pid);
}

TEST_P(MisbehavingHostsTest, OfAnIdleHostAreSeenWithoutACall) {
  Pool pool(options_for("idle_bad_control"));
  log_.wait_for("broke the frame protocol");
  EXPECT_TRUE(pool.submit(echo_call("x")).get().ok());
}

TEST_P(MisbehavingHostsTest, ThatComeBeforeACallIsReadCostNothing) {
  for (const char* child : {"undelivered", "closes_when_idle"}) {
    std::filesystem::remove(script().string() + ".marker");
    Pool pool(options_for(child));
    const Outcome outcome = pool.call(echo_call("x"));
    ASSERT_TRUE(outcome) << child << ": " << outcome.error();
    EXPECT_EQ(outcome.json(), "[\"x\"]");
    EXPECT_EQ(pool.stats().restarts, 1U);
    EXPECT_EQ(pool.stats().submitted, 1U);
  }
}

TEST_P(MisbehavingHostsTest, ThatComeBeforeASubmittedCallIsReadCostNothing) {
  for (const char* child : {"undelivered", "closes_when_idle"}) {
    std::filesystem::remove(script().string() + ".marker");
    Pool pool(options_for(child));
    const Pending pending = pool.submit(echo_call("x"));
    ASSERT_TRUE(pending.get()) << child << ": " << pending.get().error();
    EXPECT_EQ(pending.get().json(), "[\"x\"]");
  }
}

TEST_P(MisbehavingHostsTest, DoNotPutACallBackForEver) {
  PoolOptions options = options_for("always_undelivered");
  options.max_consecutive_crashes = 100;
  Pool pool(std::move(options));
  EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kHostCrashed);
  EXPECT_EQ(kind_of(pool.submit(echo_call("x")).get()), ErrorKind::kHostCrashed);
}

// The violation and the end of the process reach the pool at the same time, in any order.
TEST_P(MisbehavingHostsTest, ThatComeTogetherWithTheEndOfTheHostLeaveNoHostBehind) {
  PoolOptions options = options_for("violates_and_exits");
  options.max_consecutive_crashes = 1000;
  Pool pool(std::move(options));
  for (int i = 0; i < 30; ++i) {
    const Outcome outcome = i % 2 == 0 ? pool.call(echo_call("x")) : pool.submit(echo_call("x")).get();
    EXPECT_EQ(kind_of(outcome), ErrorKind::kProtocolError);
  }
  pool.shutdown();
}

// Hosts that end while they are idle, just when callers want them.
TEST_P(MisbehavingHostsTest, OfIdleHostsDoNotHarmTheCallersThatWantThem) {
  PoolOptions options = options_for("exits_after_response");
  options.workers = 3;
  options.max_consecutive_crashes = 100'000;
  Pool pool(std::move(options));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool] {
      for (int i = 0; i < 40; ++i) {
        const Outcome outcome = pool.call(echo_call("x"));
        if (!outcome) {
          EXPECT_EQ(kind_of(outcome), ErrorKind::kHostCrashed) << outcome.error();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, 160U);
  EXPECT_EQ(stats.succeeded + stats.failed, 160U);
}

}  // namespace
}  // namespace provider_host
