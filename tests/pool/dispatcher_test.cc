// Which call goes to which host, and back.
#include "pool/dispatcher.h"

#include <gmock/gmock.h>

#include <string>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

class DispatcherTest : public EngineFixture {};

TEST_F(DispatcherTest, BringsACallToAHostAndTakesTheResponse) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.respond(host.take_call(), "42");
  turn();
  ASSERT_TRUE(call->settled());
  EXPECT_EQ(call->wait().json(), "42");
  EXPECT_EQ(call->wait().pid, host.pid());
  EXPECT_EQ(stats().succeeded, 1U);
}

TEST_F(DispatcherTest, SendsAHostNoMoreCallsThanItsConcurrency) {
  FakeHost& host = start_ready();
  const std::vector<CallPtr> calls{submit(), submit(), submit()};
  turn();
  const std::string first = host.take_call();
  host.take_call();
  EXPECT_FALSE(host.has_message());
  EXPECT_EQ(parts_->queue.size(), 1U);
  host.respond(first, "1");
  turn();
  EXPECT_EQ(host.take_call(), "3");
}

TEST_F(DispatcherTest, GivesACallToTheHostWithTheFewest) {
  options_.workers = 2;
  start();
  turn();
  for (auto& host : hosts_) host->ready();
  turn();
  submit();
  turn();
  submit();
  turn();
  EXPECT_TRUE(hosts_.at(0)->has_message());
  EXPECT_TRUE(hosts_.at(1)->has_message());
}

TEST_F(DispatcherTest, LeavesAnIdleHostToCallersWhileNoCallWaits) {
  options_.concurrency = 1;
  FakeHost& host = start_ready();
  const CallPtr direct = make();
  ASSERT_NE(parts_->leases.acquire(*direct), nullptr);
  const CallPtr queued = submit();
  turn();
  EXPECT_FALSE(host.has_message()) << "a caller has the channel";
  parts_->leases.release(*direct);
  turn();
  EXPECT_EQ(host.take_call(), std::to_string(queued->id));
  EXPECT_EQ(parts_->leases.acquire(*direct), nullptr);
}

TEST_F(DispatcherTest, LeavesNoHostToCallersThatRunsSeveralCalls) {
  start_ready();
  EXPECT_EQ(parts_->leases.acquire(*make()), nullptr);
}

TEST_F(DispatcherTest, SendsNothingToAHostThatIsNotReady) {
  start();
  submit();
  turn();
  hosts_.at(0)->ready();
  EXPECT_FALSE(hosts_.at(0)->has_message()) << "only the start message was there";
  turn();
  EXPECT_EQ(hosts_.at(0)->take_call(), "1");
}

}  // namespace
}  // namespace provider_host::internal
