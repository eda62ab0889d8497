// What the end of a host means to the calls that it had.
#include "pool/crash_handler.h"

#include <gmock/gmock.h>

#include <csignal>
#include <string>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CrashHandlerTest : public EngineFixture {
 protected:
  /// The host has read two calls when the code of `culprit` crashes it.
  void crash(FakeHost& host, const CallPtr& culprit) {
    host.take_call();
    host.take_call();
    host.record().culprit = culprit->id;
    host.record().cause = wire::CrashRecord::kFatalSignal;
    host.exit({SIGSEGV, {}});
    turn();
  }

  /// The host has read the call when it, or the kernel as it ends, closes its channel.
  CallPtr call_and_close(FakeHost& host) {
    CallPtr call = submit();
    turn();
    host.take_call();
    host.close_calls();
    return call;
  }
};

TEST_F(CrashHandlerTest, TellsTheCulpritOfACrashAndRunsTheOthersAgain) {
  FakeHost& host = start_ready();
  const CallPtr culprit = submit();
  const CallPtr beside = submit();
  const CallPtr undelivered = submit();
  turn();
  crash(host, culprit);
  EXPECT_EQ(kind_of(culprit), ErrorKind::kHostCrashed);
  EXPECT_THAT(culprit->wait().error().message, HasSubstr("SIGSEGV"));
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(hosts_.at(1)->take_call(), "3");
  EXPECT_FALSE(beside->settled() || undelivered->settled());
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U);
}

TEST_F(CrashHandlerTest, PutsCallsBackThatTheirHostNeverRead) {
  FakeHost& host = start_ready();
  submit();
  submit();
  turn();
  host.exit({SIGKILL, {}});
  turn();
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(stats().failed, 0U);
}

TEST_F(CrashHandlerTest, RetriesTheCulpritAfterAPauseWhenItMay) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_into_backoff(host);
  hosts_.at(1)->ready();
  turn();
  EXPECT_FALSE(hosts_.at(1)->has_message()) << "it is in backoff";
  turn(1);
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  hosts_.at(1)->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_EQ(call->wait().error().crashes, 2);
}

TEST_F(CrashHandlerTest, EndsAHostThatBreaksTheProtocol) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.take_call();
  host.send("rubbish");
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(hosts_.size(), 2U);
}

TEST_F(CrashHandlerTest, FailsWhatRanBesideTheCulpritWhenItMayNotRunAgain) {
  options_.retry_collateral = false;
  FakeHost& host = start_ready();
  const CallPtr culprit = submit();
  const CallPtr beside = submit();
  turn();
  crash(host, culprit);
  EXPECT_EQ(kind_of(culprit), ErrorKind::kHostCrashed);
  EXPECT_EQ(kind_of(beside), ErrorKind::kCollateral);
  EXPECT_EQ(beside->wait().error().culprit, std::to_string(culprit->id));
}

TEST_F(CrashHandlerTest, AResponseBeforeTheEndCounts) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.respond(host.take_call(), "42");
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(call->wait().json(), "42");
}

TEST_F(CrashHandlerTest, AnInputThatHasCrashedEnoughHostsIsNotTried) {
  options_.quarantine_after = 1;
  FakeHost& host = start_ready();
  submit();
  turn();
  host.take_call();
  const CallPtr same = submit();
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(same), ErrorKind::kQuarantined);
}

TEST_F(CrashHandlerTest, AHostThatLivesOnWithoutItsChannelIsKilled) {
  FakeHost& host = start_ready();
  const CallPtr call = call_and_close(host);
  turn();
  EXPECT_FALSE(call->settled()) << "its exit status may come";
  turn(2);
  EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
}

// The kernel has closed its channel, and has not come to its end yet.
TEST_F(CrashHandlerTest, AHostThatTakesLongToEndHasCrashed) {
  FakeHost& host = start_ready();
  const CallPtr call = call_and_close(host);
  host.is_exiting = true;
  turn(5);
  EXPECT_FALSE(call->settled()) << "its exit status will come";
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_THAT(call->wait().error().message, HasSubstr("SIGSEGV"));
}

TEST_F(CrashHandlerTest, AHostThatDoesNotComeToItsEndIsNotWaitedForForEver) {
  FakeHost& host = start_ready();
  const CallPtr call = call_and_close(host);
  host.is_exiting = true;
  turn(11);
  EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
}

}  // namespace
}  // namespace provider_host::internal
