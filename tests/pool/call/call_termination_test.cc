// Calls that end before they have a response.
#include "pool/call/call_termination.h"

#include <gmock/gmock.h>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

class CallTerminationTest : public EngineFixture {};

TEST_F(CallTerminationTest, EndsACallWhoseDeadlinePassesInTheQueue) {
  start();
  const CallPtr call = submit({.deadline = 0.000'001});
  turn(1);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_TRUE(parts_->queue.empty());
}

TEST_F(CallTerminationTest, CancelsACallThatWaits) {
  start();
  const CallPtr call = submit();
  parts_->cancellations.request(call, CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  EXPECT_TRUE(parts_->queue.empty());
}

TEST_F(CallTerminationTest, CancelsACallThatIsInBackoff) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_into_backoff(host);
  EXPECT_FALSE(call->settled());
  parts_->cancellations.request(call, CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
}

TEST_F(CallTerminationTest, AWithdrawalLeavesACallThatRuns) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  parts_->cancellations.request(call, CallState::CancelRequest::kWithdraw);
  turn();
  EXPECT_FALSE(call->settled());
  host.respond(host.take_call(), "42");
  turn();
  EXPECT_TRUE(call->wait().ok());
}

}  // namespace
}  // namespace provider_host::internal
