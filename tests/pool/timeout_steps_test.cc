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
  turn(5);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
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

TEST_F(TimeoutStepsTest, AHostThatIsInterruptedLateGetsItsWorkerBackWhileTheReplacementStarts) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  submit({.timeout = 100});
  turn();
  const std::string id = host.take_call();
  turn(102);
  ASSERT_EQ(hosts_.size(), 2U);
  host.respond(id, "1");
  turn();
  EXPECT_THAT(hosts_.at(1)->signals(), ElementsAre(SIGKILL)) << "the replacement was not ready";
  submit();
  turn();
  EXPECT_EQ(host.take_call(), "2");
}

}  // namespace
}  // namespace provider_host::internal
