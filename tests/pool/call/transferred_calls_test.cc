// Calls that their callers could not settle themselves.
#include "pool/call/transferred_calls.h"

#include <gmock/gmock.h>

#include <csignal>
#include <string>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Unfinished = HostLeases::Unfinished;

class TransferredCallsTest : public EngineFixture {
 protected:
  FakeHost& start_ready_for_callers() {
    options_.concurrency = 1;
    return start_ready();
  }
  /// A call that a caller has sent over the idle host.
  CallPtr lease() {
    CallPtr call = make({.timeout = 100});
    CallChannel* const channel = parts_->leases.acquire(*call);
    EXPECT_NE(channel, nullptr);
    parts_->metrics.on_leased(*call);
    call->started = now_;
    channel->on_send(*call);
    hosts_.at(0)->record().calls_read += 1;
    return call;
  }
};

TEST_F(TransferredCallsTest, ACallWhoseCallerWaitsElsewhereGetsItsResponse) {
  FakeHost& host = start_ready_for_callers();
  const CallPtr call = lease();
  parts_->leases.transfer(call, Unfinished::kLeft, {});
  turn();
  EXPECT_FALSE(call->settled());
  host.respond(std::to_string(call->id), "42");
  turn();
  EXPECT_EQ(call->wait().json(), "42");
}

TEST_F(TransferredCallsTest, ACallWhoseTimeIsUpIsInterrupted) {
  FakeHost& host = start_ready_for_callers();
  const CallPtr call = lease();
  parts_->leases.transfer(call, Unfinished::kTimeUp, {});
  turn(1);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  EXPECT_THAT(host.control_message(), HasSubstr("cancel"));
}

TEST_F(TransferredCallsTest, ACallWhoseCallerWasInterruptedIsCancelled) {
  start_ready_for_callers();
  const CallPtr call = lease();
  parts_->leases.transfer(call, Unfinished::kInterrupted, {});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
}

TEST_F(TransferredCallsTest, AViolationEndsTheHost) {
  FakeHost& host = start_ready_for_callers();
  const CallPtr call = lease();
  parts_->leases.transfer(call, Unfinished::kViolation, "it sent rubbish");
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
  EXPECT_THAT(call->wait().error().message, HasSubstr("it sent rubbish"));
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
}

}  // namespace
}  // namespace provider_host::internal
