// When hosts are started, and when they are not.
#include "pool/supervisor.h"

#include <gmock/gmock.h>

#include <csignal>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SupervisorTest : public EngineFixture {
 protected:
  /// A call makes the pool start its second host, which serves it.
  void expect_call_starts_second_host() {
    const CallPtr call = submit();
    turn();
    ASSERT_EQ(hosts_.size(), 2U);
    hosts_.at(1)->ready();
    turn();
    hosts_.at(1)->respond(hosts_.at(1)->take_call(), "42");
    turn();
    EXPECT_TRUE(call->wait().ok());
  }
};

TEST_F(SupervisorTest, GoesOnAfterAStartThatFails) {
  failing_starts_ = 1;
  start();
  turn();
  EXPECT_TRUE(hosts_.empty());
  turn(10);
  ASSERT_EQ(hosts_.size(), 1U);
  hosts_.at(0)->ready();
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(SupervisorTest, TellsEveryCallAboutAnImportThatFailsAtFirstAndTriesAgain) {
  options_.wait_for_start = false;
  start();
  const CallPtr first = submit();
  turn();
  EXPECT_EQ(hosts_.size(), 1U);
  EXPECT_FALSE(first->settled());
  hosts_.at(0)->send(
      R"({"type":"failed","error":{"kind":"import_failed","message":"no module foo","type":"ModuleNotFoundError"}})");
  hosts_.at(0)->exit({{}, 3});
  turn();
  EXPECT_EQ(kind_of(first), ErrorKind::kImportFailed);
  EXPECT_EQ(first->wait().error().type, "ModuleNotFoundError");
  const auto refused = parts_->queue.push(make(), {});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::kImportFailed);
  EXPECT_GT(refused->error.retry_after, 0);
  turn(2);
  EXPECT_EQ(hosts_.size(), 1U) << "nobody needs another one";
  expect_call_starts_second_host();
}

TEST_F(SupervisorTest, SaysThatTheScriptIsStillImportedWhenADeadlinePasses) {
  start();
  turn(1);
  const CallPtr call = submit({.deadline = 2});
  turn(2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(hosts_.at(0)->control_message(), HasSubstr("dump"));
  EXPECT_THAT(call->wait().error().message, HasSubstr("as the script has been importing for 3.0 s"));
}

TEST_F(SupervisorTest, OpensTheBreakerAfterTooManyCrashes) {
  options_.max_consecutive_crashes = 1;
  FakeHost& host = start_ready();
  const CallPtr waiting = submit();
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(waiting), ErrorKind::kPoolUnavailable);
  const auto refused = parts_->queue.push(make(), {});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::kPoolUnavailable);
  EXPECT_EQ(hosts_.size(), 1U);
}

TEST_F(SupervisorTest, TriesAgainWhenTheBreakerIsOpenAndACallWaits) {
  options_.max_consecutive_crashes = 1;
  FakeHost& host = start_ready();
  host.exit({SIGSEGV, {}});
  turn(100);
  EXPECT_EQ(hosts_.size(), 1U) << "nobody needs another one";
  expect_call_starts_second_host();
}

TEST_F(SupervisorTest, AsksAHostThatStartsTooSlowlyWhereItIsAndKillsIt) {
  options_.start_timeout = 10;
  start();
  turn(9);
  FakeHost& host = *hosts_.at(0);
  EXPECT_THAT(host.signals(), IsEmpty());
  turn(1);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  turn(1);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  ASSERT_TRUE(parts_->start_result.wait_until(now_));
  EXPECT_EQ(parts_->start_result.error()->kind, ErrorKind::kImportFailed);
}

TEST_F(SupervisorTest, WaitsLongerForWhereAHostIsThatWantsToRun) {
  options_.start_timeout = 10;
  start();
  turn(9);
  FakeHost& host = *hosts_.at(0);
  host.wants_to_run = true;
  turn(3.5);
  EXPECT_THAT(host.signals(), IsEmpty());
  host.write_stacks("Current thread 0x01 (most recent call first):\n  File \"script.py\", line 7 in <module>\n");
  turn();
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  ASSERT_TRUE(parts_->start_result.wait_until(now_));
  EXPECT_THAT(parts_->start_result.error()->stack, HasSubstr("line 7 in <module>"));
}

TEST_F(SupervisorTest, WhereAHostWasThatStartsTooSlowlyCountsWhenItIsThereAsTheTimeIsUp) {
  options_.start_timeout = 10;
  start();
  turn(10);
  FakeHost& host = *hosts_.at(0);
  host.write_stacks("Current thread 0x01 (most recent call first):\n  File \"script.py\", line 7 in <module>\n");
  now_ += seconds(1);
  parts_->reactor.timers().run_due(now_);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  ASSERT_TRUE(parts_->start_result.wait_until(now_));
  EXPECT_THAT(parts_->start_result.error()->stack, HasSubstr("line 7 in <module>"));
}

TEST_F(SupervisorTest, SaysWhyTheFirstHostCouldNotBeStarted) {
  start();
  turn();
  hosts_.at(0)->exit({{}, 3});
  turn();
  ASSERT_TRUE(parts_->start_result.wait_until(now_));
  EXPECT_THAT(parts_->start_result.error()->message, HasSubstr("exited with code 3"));
}

TEST_F(SupervisorTest, StartsOneHostForEachWorker) {
  options_.workers = 3;
  start();
  turn();
  EXPECT_EQ(hosts_.size(), 3U);
  EXPECT_EQ(stats().hosts.at(2).state, "starting");
}

}  // namespace
}  // namespace provider_host::internal
