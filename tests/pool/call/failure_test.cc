#include "pool/call/failure.h"

#include <gmock/gmock.h>

#include <csignal>
#include <string>

#include "pool/crash_dump.h"

namespace provider_host::internal {
namespace {

using ::testing::HasSubstr;

HostInfo info() { return {2, 4711, kCrash311, "last words\n"}; }

TEST(Failure, TellsWhatAHostHasBecome) {
  HostInfo info{2, 4711, "", ""};
  info.executed = "/venv/bin/python";
  const Error error = host_crashed(info, {SIGKILL, {}}, "call_api");
  EXPECT_EQ(error.message,
            "host 2 (pid 4711) replaced itself with /venv/bin/python (as os.execv does) while running call_api");
  EXPECT_EQ(error.signal, std::nullopt) << "that was ours";
  EXPECT_EQ(died_while_starting(info, {SIGKILL, {}}, "p.py").type, "ProcessExit");
}

TEST(Failure, TellsWhereAHostWasThatDidNotEnd) {
  HostInfo info{2, 4711, kCrash311, "", "/srv/worker.py"};
  EXPECT_EQ(ends_too_slowly(info, 30),
            "host 2 (pid 4711) had not ended 30 s after it was told to (stop_grace), it was at provider.py:3 in "
            "call_api, a thread of it at worker.py:5 in worker; it is killed, and what it had not written yet is lost");
  info.stack = "";
  EXPECT_EQ(ends_too_slowly(info, 0.5),
            "host 2 (pid 4711) had not ended 0.5 s after it was told to (stop_grace); it is killed, and what it had "
            "not written yet is lost");
}

TEST(Failure, TellsHowAHostDiedOnItsWayOut) {
  EXPECT_EQ(died_while_ending(info(), {SIGSEGV, {}}),
            "host 2 (pid 4711) was killed by SIGSEGV (Segmentation fault) while it ended, at provider.py:3 in "
            "call_api; its calls had completed");
}

TEST(Failure, TellsWhichHostDiedOfWhatAndWhere) {
  const Error error = host_crashed(info(), {SIGSEGV, {}}, "call_api");
  EXPECT_EQ(error.kind, ErrorKind::kHostCrashed);
  EXPECT_EQ(error.message,
            "host 2 (pid 4711) was killed by SIGSEGV (Segmentation fault) while running call_api, at provider.py:3 in "
            "call_api");
  EXPECT_EQ(error.signal, SIGSEGV);
  EXPECT_EQ(error.exit_code, std::nullopt);
  EXPECT_EQ(error.stack, kCrash311);
  EXPECT_EQ(error.stderr_tail, "last words\n");
}

TEST(Failure, SaysWhenItIsNotKnownWhichCallDidIt) {
  EXPECT_THAT(host_crashed(info(), {SIGKILL, {}}, "call_api", 3).message,
              HasSubstr("3 calls were in flight and which of them did it is not known"));
}

TEST(Failure, NamesTheCulpritToTheCallsBesideIt) {
  const Error error = collateral(info(), {SIGSEGV, {}}, 17, "call_api");
  EXPECT_EQ(error.kind, ErrorKind::kCollateral);
  EXPECT_EQ(error.culprit, "17");
  EXPECT_EQ(error.signal, SIGSEGV);
  EXPECT_EQ(error.message,
            "host 2 (pid 4711) was killed by SIGSEGV (Segmentation fault) under another call: call 17 of call_api, at "
            "provider.py:3 in call_api; this call was in flight beside it");
}

TEST(Failure, SaysHowManyHostsAnInputHasCost) {
  const Error error = quarantined(2, "call_api");
  EXPECT_EQ(error.kind, ErrorKind::kQuarantined);
  EXPECT_EQ(error.crashes, 2);
  EXPECT_THAT(error.message, HasSubstr("call_api with these arguments has crashed 2 hosts"));
}

TEST(Failure, TellsAnExitDuringTheStart) {
  const Error error = died_while_starting({1, 5, "", ""}, {{}, 3}, "provider.py");
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.message, "host 1 (pid 5) exited with code 3 while importing provider.py");
  EXPECT_EQ(error.type, "ProcessExit");
  EXPECT_EQ(error.exit_code, 3);
  EXPECT_EQ(died_while_starting({1, 5, "", ""}, {SIGKILL, {}}, "p.py").type, "SIGKILL");
}

TEST(Failure, TellsAStartThatTookTooLong) {
  const Error error = start_timed_out(info(), 0.5, "provider.py");
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_THAT(error.message, HasSubstr("did not end within 0.5 s (start_timeout), it was at provider.py:3"));
}

TEST(Failure, TellsWhichLimitPassedAndWhere) {
  const Error running = timed_out_running(info(), "deadline", 2, {0.5, 1.5}, "call_api", 7);
  EXPECT_EQ(running.kind, ErrorKind::kTimeout);
  EXPECT_EQ(running.phase, "running");
  EXPECT_THAT(
      running.message,
      HasSubstr("its deadline of 2 s passed (queued 0.500 s, ran 1.500 s), it was at provider.py:3 in call_api"));
  EXPECT_EQ(running.queued_s, 0.5);
  EXPECT_EQ(running.ran_s, 1.5);
  EXPECT_EQ(running.stack, kCrash311);
  const Error queued = timed_out_queued(1.5);
  EXPECT_EQ(queued.phase, "queued");
  EXPECT_THAT(queued.message, HasSubstr("deadline of 1.5 s"));
}

TEST(Failure, HandsTheLastErrorOnWhenNoHostCanBeStarted) {
  Error last = host_crashed(info(), {SIGSEGV, {}}, "call_api");
  const Error error = pool_unavailable(last, 1.5);
  EXPECT_EQ(error.kind, ErrorKind::kPoolUnavailable);
  EXPECT_EQ(error.last_error, last.message);
  EXPECT_EQ(error.retry_after, 1.5);
  EXPECT_THAT(error.message, HasSubstr("SIGSEGV"));
}

TEST(Failure, SaysHowManyCallsWait) {
  const Error error = queue_full(3);
  EXPECT_EQ(error.kind, ErrorKind::kQueueFull);
  EXPECT_EQ(error.limit, 3U);
}

TEST(ParseError, TakesEveryFieldOfTheProtocol) {
  const Error error =
      parse_error(R"({"kind":"invalid_response","message":"m","type":"T","path":"$.a","traceback":"tb"})");
  EXPECT_EQ(error.kind, ErrorKind::kInvalidResponse);
  EXPECT_EQ(error.message, "m");
  EXPECT_EQ(error.type, "T");
  EXPECT_EQ(error.path, "$.a");
  EXPECT_EQ(error.traceback, "tb");
}

TEST(ParseError, MakesAProtocolErrorOfWhatItDoesNotKnow) {
  EXPECT_EQ(parse_error(R"({"kind":"from the future","message":"m"})").kind, ErrorKind::kProtocolError);
  EXPECT_EQ(parse_error("[]").kind, ErrorKind::kProtocolError);
  EXPECT_EQ(parse_error(R"({"kind":5,"message":null})").kind, ErrorKind::kProtocolError);
}

}  // namespace
}  // namespace provider_host::internal
