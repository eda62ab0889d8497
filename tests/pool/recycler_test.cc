// When a host makes room for its replacement.
#include "pool/recycler.h"

#include <gmock/gmock.h>

#include <string>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

class RecyclerTest : public EngineFixture {};

TEST_F(RecyclerTest, ReplacesAHostThatHasServedEnoughBetweenTwoCalls) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  EXPECT_EQ(hosts_.size(), 2U) << "its replacement starts while it works";
  hosts_.at(1)->ready();
  turn();
  host.respond(host.take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
  submit();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(stats().restarts_by_cause.at("call_limit"), 1U);
}

TEST_F(RecyclerTest, AHostServesNineTenthsOfItsCallsAtLeastAndItsReplacementStartsJustBefore) {
  options_.max_calls_per_host = 10;
  FakeHost& host = start_ready();
  int served = 0;
  while (true) {
    submit();
    turn();
    if (!host.has_message()) break;  // it gets no more
    EXPECT_EQ(hosts_.size(), served < 8 ? 1U : hosts_.size()) << "its replacement starts too soon: " << served;
    host.respond(host.take_call(), "1");
    turn(1);  // its calls are much slower than a start
    ++served;
  }
  EXPECT_GE(served, 9);
  EXPECT_LE(served, 10);
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  EXPECT_TRUE(hosts_.at(1)->has_message());
}

TEST_F(RecyclerTest, AHostGoesOnWhenItsReplacementCannotStart) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  failing_starts_ = 1;
  submit();
  turn();
  host.respond(host.take_call(), "1");
  submit();
  turn();
  EXPECT_EQ(host.take_call(), "2") << "it gets more calls until a replacement is there";
}

TEST_F(RecyclerTest, AReplacementThatDiesWhileItStartsCostsTheHostNothing) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->exit({{}, 1});
  turn();
  host.respond(host.take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_EQ(stats().hosts.at(0).pid, host.pid());
}

TEST_F(RecyclerTest, TheOldHostFinishesWhatItHasAndEndsInPeace) {
  options_.max_calls_per_host = 2;
  FakeHost& host = start_ready();
  const CallPtr first = submit();
  const CallPtr second = submit();
  turn();
  const std::string one = host.take_call();
  const std::string two = host.take_call();
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  host.respond(one, "1");
  turn();
  EXPECT_FALSE(host.is_told_to_end());
  host.respond(two, "2");
  turn();
  EXPECT_TRUE(host.is_told_to_end());
  EXPECT_TRUE(first->wait().ok() && second->wait().ok());
}

TEST_F(RecyclerTest, TheOldHostDoesNotComeBackOnceItIsToldToEnd) {
  options_.max_calls_per_host = 2;
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  submit({.timeout = 1});
  submit();
  turn();
  const std::string late = host.take_call();
  host.respond(host.take_call(), "2");
  hosts_.at(1)->ready();
  turn();
  turn(1);
  host.write_stacks("");
  turn();
  ASSERT_TRUE(host.is_told_to_end());
  hosts_.at(1)->exit({SIGSEGV, {}});
  turn();
  host.respond(late, "1");
  turn();
  EXPECT_NE(stats().hosts.at(0).pid, host.pid());
  host.exit({{}, 0});
  turn();
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U);
}

}  // namespace
}  // namespace provider_host::internal
