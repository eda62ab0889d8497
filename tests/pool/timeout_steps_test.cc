// What is done to a host whose call takes too long, step by step.
#include <gmock/gmock.h>

#include <csignal>
#include <string>

#include "pool/engine_fixture.h"
#include "pool/timeout_escalation.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TimeoutStepsTest : public EngineFixture {};

TEST_F(TimeoutStepsTest, InterruptsACallWhoseTimeIsUpThenReplacesItsHostThenKillsIt) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  const CallPtr late = submit({.timeout = 100});
  turn();
  host.take_call();
  turn(101);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  EXPECT_EQ(kind_of(late), ErrorKind::kTimeout) << "half a second after, when the stacks have not come";
  EXPECT_THAT(host.control_message(), HasSubstr("cancel"));
  EXPECT_EQ(hosts_.size(), 2U);
  EXPECT_THAT(host.signals(), IsEmpty()) << "its code still has interrupt_grace";
  EXPECT_EQ(stats().restarts, 0U) << "it may still come back";
  turn(5);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(stats().restarts, 1U);
  EXPECT_EQ(stats().restarts_by_cause.at("unresponsive"), 1U);
}

TEST_F(TimeoutStepsTest, KeepsAHostWhoseCodeEndsWhenItIsInterrupted) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  const std::string id = host.take_call();
  parts_->cancellations.request(call, CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  host.respond(id, "1");
  turn();
  turn(100);
  EXPECT_EQ(hosts_.size(), 1U);
  EXPECT_THAT(host.signals(), IsEmpty());
  const CallPtr next = submit();
  turn();
  EXPECT_EQ(host.take_call(), "2");
  EXPECT_FALSE(next->settled());
}

TEST_F(TimeoutStepsTest, TellsWhereTheCodeWasAsSoonAsTheHostSaysSo) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.take_call();
  turn(100);
  EXPECT_FALSE(call->settled()) << "its stacks are waited for";
  host.write_stacks("Current thread 0x01 (most recent call first):\n  File \"script.py\", line 7 in call_api\n");
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().stack, HasSubstr("line 7 in call_api"));
}

TEST_F(TimeoutStepsTest, WaitsLongerForTheStacksOfAHostThatWantsToRun) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.take_call();
  host.wants_to_run = true;
  turn(102.5);
  EXPECT_FALSE(call->settled()) << "it only waits for a processor, perhaps";
  host.write_stacks("Current thread 0x01 (most recent call first):\n  File \"script.py\", line 7 in call_api\n");
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().stack, HasSubstr("line 7 in call_api"));
  turn(10);
}

TEST_F(TimeoutStepsTest, WaitsForThemThreeSecondsAtMost) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.take_call();
  host.wants_to_run = true;
  turn(102.9);
  EXPECT_FALSE(call->settled());
  turn(0.2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
}

TEST_F(TimeoutStepsTest, WaitsForThemHalfASecondWhenTheHostSleeps) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.take_call();
  turn(100.4);
  EXPECT_FALSE(call->settled());
  turn(0.2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
}

TEST_F(TimeoutStepsTest, DoesNotWaitForThemOnceTheHostSleeps) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.take_call();
  host.wants_to_run = true;
  turn(101);
  EXPECT_FALSE(call->settled());
  host.wants_to_run = false;
  turn(0.2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
}

TEST_F(TimeoutStepsTest, StacksThatAreThereWhenTheirTimeIsUpCount) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  const CallPtr other = submit({.timeout = 100});
  turn();
  host.take_call();
  host.take_call();
  turn(100);
  host.write_stacks("Current thread 0x01 (most recent call first):\n  File \"script.py\", line 7 in call_api\n");
  now_ += seconds(1);
  parts_->reactor.timers().run_due(now_);
  for (const CallPtr& late : {call, other}) {
    EXPECT_EQ(kind_of(late), ErrorKind::kTimeout);
    EXPECT_THAT(late->wait().error().stack, HasSubstr("line 7 in call_api"));
  }
}

TEST_F(TimeoutStepsTest, AResponseThatIsThereWhenTheTimeIsUpCounts) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.timeout = 100});
  turn();
  host.respond(host.take_call(), "42");
  now_ += seconds(101);
  parts_->reactor.timers().run_due(now_);
  EXPECT_TRUE(call->wait().ok());
}

TEST_F(TimeoutStepsTest, AHostIsNotKilledBeforeItsOtherCallsHaveEnded) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  const CallPtr late = submit({.timeout = 100});
  const CallPtr other = submit();
  turn();
  host.take_call();
  const std::string id = host.take_call();
  turn(200);
  EXPECT_TRUE(late->settled());
  EXPECT_THAT(host.signals(), IsEmpty());
  host.respond(id, "42");
  turn(1);
  EXPECT_TRUE(other->wait().ok());
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
}

// A host whose code does not end at once, so that another one was started.
class AHostThatObeysLate : public TimeoutStepsTest {
 protected:
  /// Returns that host; `id` is its call.
  FakeHost& start_late(double interrupt_grace = 5) {
    options_.interrupt_grace = interrupt_grace;
    FakeHost& host = start_ready();
    submit({.timeout = 100});
    turn();
    id_ = host.take_call();
    turn(102);
    EXPECT_EQ(hosts_.size(), 2U);
    return host;
  }
  FakeHost& stand_in() { return *hosts_.at(1); }
  void expect_next_call_at(FakeHost& host) {
    submit();
    turn();
    EXPECT_TRUE(host.has_message());
  }

  std::string id_;
};

TEST_F(AHostThatObeysLate, KeepsItsPlaceWhileAnotherOneStarts) {
  FakeHost& host = start_late();
  host.respond(id_, "1");
  turn();
  EXPECT_THAT(stand_in().signals(), ElementsAre(SIGKILL)) << "it was not ready";
  expect_next_call_at(host);
  EXPECT_EQ(stats().restarts, 0U);
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
}

TEST_F(AHostThatObeysLate, KeepsItsPlaceWhenAnotherOneIsReady) {
  FakeHost& host = start_late();
  stand_in().ready();
  turn();
  host.respond(id_, "1");
  turn();
  EXPECT_TRUE(stand_in().is_told_to_end());
  EXPECT_THAT(stand_in().signals(), IsEmpty());
  expect_next_call_at(host);
  EXPECT_EQ(stats().hosts.at(0).pid, host.pid());
  EXPECT_EQ(stats().restarts, 0U);
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
}

TEST_F(AHostThatObeysLate, LetsTheOtherOneCompleteItsCalls) {
  FakeHost& host = start_late();
  stand_in().ready();
  const CallPtr behind = submit();
  turn();
  const std::string behind_id = stand_in().take_call();
  host.respond(id_, "1");
  turn();
  EXPECT_FALSE(stand_in().is_told_to_end());
  expect_next_call_at(host);
  stand_in().respond(behind_id, "42");
  turn();
  EXPECT_TRUE(behind->wait().ok());
  EXPECT_TRUE(stand_in().is_told_to_end());
}

TEST_F(AHostThatObeysLate, WaitsForACallerThatHasTheChannelOfTheOtherOne) {
  options_.concurrency = 1;
  FakeHost& host = start_late();
  stand_in().ready();
  turn();
  const CallPtr leased = make();
  ASSERT_NE(parts_->leases.acquire(*leased), nullptr);
  host.respond(id_, "1");
  turn();
  EXPECT_FALSE(stand_in().is_told_to_end());
  parts_->leases.release(*leased);
  turn();
  EXPECT_TRUE(stand_in().is_told_to_end());
  expect_next_call_at(host);
  EXPECT_EQ(stats().restarts, 0U);
}

TEST_F(AHostThatObeysLate, IsNoRestartBesideTheCrashOfTheOtherOne) {
  FakeHost& host = start_late();
  stand_in().ready();
  turn();
  stand_in().exit({SIGSEGV, {}});
  turn(1);
  ASSERT_EQ(hosts_.size(), 3U);
  host.respond(id_, "1");
  turn();
  expect_next_call_at(host);
  EXPECT_EQ(stats().restarts, 1U);
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U);
  EXPECT_EQ(stats().restarts_by_cause.size(), 1U);
}

TEST_F(AHostThatObeysLate, IsPreferredToOneThatStandsInForIt) {
  FakeHost& host = start_late();
  stand_in().ready();
  submit({.timeout = 1});
  turn();
  const std::string late_too = stand_in().take_call();
  turn(2);
  ASSERT_EQ(hosts_.size(), 3U);
  host.respond(id_, "1");
  turn();
  EXPECT_TRUE(hosts_.at(2)->has_exited());
  stand_in().respond(late_too, "1");
  turn();
  EXPECT_TRUE(stand_in().is_told_to_end());
  expect_next_call_at(host);
  EXPECT_EQ(stats().restarts, 0U);
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
}

TEST_F(AHostThatObeysLate, IsNotKilledAfterItsOtherCalls) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  submit({.timeout = 100});
  const CallPtr other = submit();
  turn();
  const std::string id = host.take_call();
  const std::string other_id = host.take_call();
  turn(200);
  host.respond(id, "1");
  host.respond(other_id, "42");
  turn();
  EXPECT_TRUE(other->wait().ok());
  EXPECT_THAT(host.signals(), IsEmpty());
  expect_next_call_at(host);
  EXPECT_EQ(stats().restarts, 0U);
}

TEST_F(AHostThatObeysLate, IsARestartWhenItDiesInstead) {
  FakeHost& host = start_late();
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(stats().restarts, 1U);
  EXPECT_EQ(stats().restarts_by_cause.at("unresponsive"), 1U);
}

// On a busy machine both have waited for a processor.
TEST_F(AHostThatObeysLate, IsHeardWhenThePoolIsLateItself) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  const std::string id = host.take_call();
  parts_->cancellations.request(call, CallState::CancelRequest::kCancel);
  turn();
  host.respond(id, "1");
  now_ += seconds(10);
  parts_->reactor.timers().run_due(now_);
  turn();
  EXPECT_EQ(hosts_.size(), 1U);
  EXPECT_THAT(host.signals(), IsEmpty());
  expect_next_call_at(host);
}

}  // namespace
}  // namespace provider_host::internal
