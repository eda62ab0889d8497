// Hosts that wait to take the place of another one.
#include "pool/spare_keeper.h"

#include <gmock/gmock.h>

#include <csignal>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SpareKeeperTest : public EngineFixture {
 protected:
  SpareKeeperTest() { options_.spares = 1; }

  /// Starts with a host and spares that are ready.
  void start_with_spare() {
    start_ready();
    const auto spares = static_cast<std::size_t>(options_.spares);
    ASSERT_EQ(hosts_.size(), 1 + spares);
    for (std::size_t spare = 1; spare <= spares; ++spare) hosts_.at(spare)->ready();
    turn();
    ASSERT_EQ(stats().spares, spares);
  }
  /// The host has a call, and crashes with it.
  CallPtr crash(FakeHost& host) {
    CallPtr call = submit();
    turn();
    host.take_call();
    host.exit({SIGSEGV, {}});
    turn();
    return call;
  }
  /// The host gets the next call, and responds.
  void expect_served_by(FakeHost& host) {
    const CallPtr call = submit();
    turn();
    ASSERT_TRUE(host.has_message());
    host.respond(host.take_call(), "42");
    turn();
    EXPECT_TRUE(call->wait().ok());
  }
};

TEST_F(SpareKeeperTest, IsStartedOnceAHostIsReadyAndGetsNoCalls) {
  start();
  turn(1);
  EXPECT_EQ(hosts_.size(), 1U) << "the import is not known to succeed";
  hosts_.at(0)->ready();
  turn();
  ASSERT_EQ(hosts_.size(), 2U);
  EXPECT_EQ(stats().spares, 0U) << "it is not ready";
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(stats().spares, 1U);
  EXPECT_EQ(stats().hosts.size(), 1U);
  expect_served_by(*hosts_.at(0));
  EXPECT_FALSE(hosts_.at(1)->has_message());
}

TEST_F(SpareKeeperTest, TakesThePlaceOfAHostThatCrashes) {
  start_with_spare();
  EXPECT_EQ(kind_of(crash(*hosts_.at(0))), ErrorKind::kHostCrashed);
  EXPECT_EQ(stats().hosts.at(0).pid, hosts_.at(1)->pid());
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U);
  EXPECT_EQ(stats().hosts.at(0).restarts, 1U);
  EXPECT_EQ(stats().crash_to_ready.count, 1U);
  EXPECT_LT(stats().crash_to_ready.max, 1);
  EXPECT_EQ(hosts_.size(), 3U) << "there is a new spare";
  EXPECT_EQ(stats().spares, 0U);
  expect_served_by(*hosts_.at(1));
}

TEST_F(SpareKeeperTest, TwoCrashesInARowTakeTwoSparesWithoutAPause) {
  options_.spares = 2;
  start_with_spare();
  crash(*hosts_.at(0));
  crash(*hosts_.at(1));
  EXPECT_EQ(stats().hosts.at(0).pid, hosts_.at(2)->pid());
}

TEST_F(SpareKeeperTest, ReplacesAHostThatIsRecycled) {
  options_.max_calls_per_host = 1;
  start_with_spare();
  expect_served_by(*hosts_.at(0));
  EXPECT_TRUE(hosts_.at(0)->is_told_to_end());
  EXPECT_EQ(hosts_.size(), 3U) << "one new spare, and nothing else";
  expect_served_by(*hosts_.at(1));
  EXPECT_EQ(stats().restarts_by_cause.at("call_limit"), 1U);
}

TEST_F(SpareKeeperTest, DoesNotKeepTheBreakerFromOpening) {
  options_.max_consecutive_crashes = 3;
  start_with_spare();
  for (std::size_t host = 0; host < 3; ++host) {
    crash(*hosts_.at(host));
    turn(0.1);  // new spares wait for the pause after a crash
    if (host < 2) hosts_.at(host + 2)->ready();
    turn();
  }
  EXPECT_EQ(stats().hosts.at(0).state, "down");
  EXPECT_TRUE(parts_->queue.push(make(), {})) << "calls are refused";
  EXPECT_EQ(hosts_.size(), 4U) << "no spares are started while the breaker is open";
  turn(0.1);
  EXPECT_EQ(stats().hosts.at(0).state, "down") << "nor used";
}

TEST_F(SpareKeeperTest, IsTheProbeOfABreakerThatIsOpen) {
  options_.max_consecutive_crashes = 1;
  start_with_spare();
  crash(*hosts_.at(0));
  turn(100);
  EXPECT_EQ(stats().hosts.at(0).state, "down");
  expect_served_by(*hosts_.at(1));
}

TEST_F(SpareKeeperTest, ThatCannotStartIsTriedAgainAfterPausesAndCostsThePoolNothing) {
  FakeHost& host = start_ready();
  for (std::size_t tries = 1; tries <= 5; ++tries) {
    ASSERT_EQ(hosts_.size(), 1 + tries);
    hosts_.at(tries)->exit({{}, 3});
    turn();
    EXPECT_EQ(hosts_.size(), 1 + tries) << "there is a pause";
    turn(10);
  }
  hosts_.at(6)->send(R"({"type":"failed","error":{"kind":"import_failed","message":"no module foo"}})");
  turn();
  EXPECT_THAT(hosts_.at(6)->signals(), ElementsAre(SIGKILL));
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
  expect_served_by(host);
}

TEST_F(SpareKeeperTest, ThatNoProcessCanBeMadeForIsTriedAgain) {
  start();
  turn();
  failing_starts_ = 1;
  hosts_.at(0)->ready();
  turn();
  EXPECT_EQ(hosts_.size(), 1U);
  turn(1);
  EXPECT_EQ(hosts_.size(), 2U);
}

TEST_F(SpareKeeperTest, ThatTakesTooLongToStartIsKilled) {
  options_.start_timeout = 10;
  start_ready();
  turn(12);
  EXPECT_THAT(hosts_.at(1)->signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(SpareKeeperTest, ThatDiesWhileItWaitsIsReplaced) {
  start_with_spare();
  hosts_.at(1)->exit({SIGKILL, {}});
  turn();
  EXPECT_EQ(stats().spares, 0U);
  turn(1);
  ASSERT_EQ(hosts_.size(), 3U);
  hosts_.at(2)->ready();
  turn();
  EXPECT_EQ(stats().spares, 1U);
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
}

TEST_F(SpareKeeperTest, ThatBreaksTheProtocolIsKilled) {
  start_with_spare();
  hosts_.at(1)->send("rubbish");
  turn();
  EXPECT_THAT(hosts_.at(1)->signals(), ElementsAre(SIGKILL));
  expect_served_by(*hosts_.at(0));
}

TEST_F(SpareKeeperTest, ThatClosesItsChannelIsKilled) {
  start_with_spare();
  hosts_.at(1)->close_calls();
  turn(2);
  EXPECT_THAT(hosts_.at(1)->signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(SpareKeeperTest, EndsInPeaceWithThePool) {
  start_with_spare();
  close(100);
  turn();
  EXPECT_TRUE(hosts_.at(1)->is_told_to_end());
  EXPECT_THAT(hosts_.at(1)->signals(), IsEmpty());
  hosts_.at(0)->exit({{}, 0});
  turn();
  EXPECT_FALSE(parts_->engine.is_done()) << "the pool waits for it";
  hosts_.at(1)->exit({{}, 0});
  turn();
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(SpareKeeperTest, IsNotStartedWhileThePoolEnds) {
  start_with_spare();
  const CallPtr call = submit();
  turn();
  close(100);
  hosts_.at(1)->exit({SIGKILL, {}});
  turn(10);
  EXPECT_EQ(hosts_.size(), 2U);
  hosts_.at(0)->respond(hosts_.at(0)->take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
}

}  // namespace
}  // namespace provider_host::internal
