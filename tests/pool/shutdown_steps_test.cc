// How a pool ends, step by step.
#include <gmock/gmock.h>

#include <csignal>

#include "pool/engine_fixture.h"
#include "pool/shutdown.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ShutdownStepsTest : public EngineFixture {};

TEST_F(ShutdownStepsTest, WaitsForRunningCallsAsLongAsItMay) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  close(1000);
  turn();
  EXPECT_FALSE(call->settled());
  host.respond(host.take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_TRUE(phase().is_stopping());
  EXPECT_FALSE(parts_->engine.is_done());
  host.exit({{}, 0});
  turn();
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(ShutdownStepsTest, DoesNotStopWhileCallsMayStillComeIn) {
  FakeHost& host = start_ready();
  phase().begin_drain(now_ + seconds(100));
  turn();
  EXPECT_FALSE(phase().is_stopping());
  const CallPtr late = submit();
  turn();
  host.respond(host.take_call(), "42");
  turn();
  EXPECT_TRUE(late->wait().ok());
  EXPECT_EQ(hosts_.size(), 1U);
  close(100);
  turn();
  EXPECT_TRUE(phase().is_stopping());
}

TEST_F(ShutdownStepsTest, GivesUpWhatRunsWhenItsTimeIsUp) {
  FakeHost& host = start_ready();
  const CallPtr running = submit();
  turn();
  host.take_call();
  const CallPtr queued = submit();
  close(0);
  turn();
  EXPECT_EQ(kind_of(running), ErrorKind::kShuttingDown);
  EXPECT_EQ(kind_of(queued), ErrorKind::kShuttingDown);
}

TEST_F(ShutdownStepsTest, EndsAHostThatDoesNotLeaveMoreAndMoreFirmly) {
  options_.stop_grace = 10;
  FakeHost& host = start_ready();
  close(100);
  turn();
  EXPECT_TRUE(host.is_told_to_end());
  turn(9);
  EXPECT_THAT(host.signals(), IsEmpty());
  turn(2);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  EXPECT_THAT(host.signals(), ElementsAre(SIGTERM));
  turn(1);
  EXPECT_THAT(host.signals(), ElementsAre(SIGTERM, SIGKILL));
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(ShutdownStepsTest, WaitsASecondAtMostForWhereAHostIsThatDoesNotLeave) {
  options_.stop_grace = 10;
  FakeHost& host = start_ready();
  host.wants_to_run = true;
  close(100);
  turn(10.9);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  EXPECT_THAT(host.signals(), IsEmpty());
  turn(0.2);
  EXPECT_THAT(host.signals(), ElementsAre(SIGTERM));
}

TEST_F(ShutdownStepsTest, WaitsForACallThatIsInBackoff) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_into_backoff(host);
  close(100);
  turn(2);
  ASSERT_EQ(hosts_.size(), 2U) << "it still needs a host";
  hosts_.at(1)->ready();
  turn();
  hosts_.at(1)->respond(hosts_.at(1)->take_call(), "42");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_TRUE(phase().is_stopping());
}

}  // namespace
}  // namespace provider_host::internal
