// Hosts that die: the call is told why, and the next one is served by a new host.
#include <csignal>

#include "end_to_end/script_pool.h"

namespace provider_host {
namespace {

struct Death {
  std::string prompt;
  std::optional<int> signal;
  std::optional<int> exit_code;
  std::string frame;  // of the Python stack; empty when the death leaves none
};

class Dying : public testing::TestWithParam<Death> {};

TEST_P(Dying, IsToldAndTheNextCallIsServedByANewHost) {
  const Death& death = GetParam();
  Pool pool(options_for("faults.py"));
  const int first_pid = pool.call_api("before").pid;
  const Outcome dead = pool.call_api(death.prompt);
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().kind, ErrorKind::kHostCrashed) << text_of(dead);
  EXPECT_EQ(dead.error().signal, death.signal);
  EXPECT_EQ(dead.error().exit_code, death.exit_code);
  EXPECT_NE(dead.error().stack.find(death.frame), std::string::npos) << dead.error().stack;
  if (!death.frame.empty()) {
    EXPECT_NE(dead.error().message.find("faults.py:"), std::string::npos) << dead.error().message;
  }
  EXPECT_EQ(dead.pid, first_pid);
  const Outcome after = pool.call_api("after");
  ASSERT_TRUE(after) << text_of(after);
  EXPECT_EQ(after.value()["output"], "after");
  EXPECT_NE(after.pid, first_pid);
  EXPECT_EQ(pool.stats().restarts, 1U);
}

INSTANTIATE_TEST_SUITE_P(Deaths, Dying,
                         testing::Values(Death{"segfault", SIGSEGV, {}, "in segfault"},
                                         Death{"abort", SIGABRT, {}, "faults.py"}, Death{"exit", {}, 7, ""},
                                         Death{"kill", SIGKILL, {}, ""}, Death{"overflow", SIGSEGV, {}, "in recurse"}),
                         [](const auto& parameter) { return parameter.param.prompt; });

TEST(Crash, ManyInARowEachGetTheirOwnError) {
  Pool pool(options_for("faults.py"));
  for (int i = 0; i < 5; ++i) {
    const Outcome dead = pool.call_api("segfault");
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().kind, ErrorKind::kHostCrashed) << text_of(dead);
  }
  EXPECT_TRUE(pool.call_api("after"));
}

TEST(Crash, IsNotSaidToBeWhereAnEarlierCallWasWhenItTimedOut) {
  Pool pool(options_for("faults.py"));
  Call late = Call::api_call("spin");
  late.timeout = 1;
  const Outcome timed_out = pool.call(late);
  EXPECT_NE(timed_out.error().stack.find("in spin"), std::string::npos) << text_of(timed_out);
  const Outcome dead = pool.call_api("kill");  // most often in the same host
  EXPECT_EQ(dead.error().signal, SIGKILL) << text_of(dead);
  EXPECT_EQ(dead.error().stack, "");
  EXPECT_EQ(dead.error().message.find("faults.py:"), std::string::npos) << dead.error().message;
}

TEST(Crash, AHostKilledWhileIdleCostsNoCall) {
  Pool pool(options_for("faults.py"));
  const int pid = pool.call_api("before").pid;
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  const Outcome after = pool.call_api("after");
  ASSERT_TRUE(after) << text_of(after);
  EXPECT_NE(after.pid, pid);
}

TEST(Crash, CarriesItsEvidence) {
  Pool pool(options_for("faults.py"));
  EXPECT_EQ(pool.call_api("kill").error().verdict, "its own code sent it SIGKILL");
  EXPECT_EQ(pool.call_api("exit").error().verdict, "its own code ended the process");
  EXPECT_EQ(pool.call_api("abort").error().verdict, "abort");
#ifndef __SANITIZE_ADDRESS__  // it has stacks of its own
  const Error overflow = pool.call_api("overflow").error();
  EXPECT_EQ(overflow.verdict, "stack overflow") << overflow;
#endif
}

TEST(Crash, QueuedCallsSurviveTheDeathOfTheRunningOne) {
  Pool pool(options_for("faults.py"));
  const Pending dead = pool.submit(Call::api_call("segfault"));
  std::vector<Pending> queued;
  for (int i = 0; i < 20; ++i) queued.push_back(pool.submit(Call::api_call("alive")));
  EXPECT_EQ(dead.get().error().kind, ErrorKind::kHostCrashed);
  for (const Pending& call : queued) EXPECT_TRUE(call.get()) << text_of(call.get());
}

TEST(Exception, NothingDerivedFromBaseExceptionEndsAHost) {
  Pool pool(options_for("faults.py"));
  const int pid = pool.call_api("before").pid;
  for (const std::string type : {"SystemExit", "KeyboardInterrupt", "CancelledError"}) {
    const Outcome raised = pool.call_api(type == "SystemExit" ? "sys.exit" : type);
    ASSERT_FALSE(raised);
    EXPECT_EQ(raised.error().kind, ErrorKind::kPythonException);
    EXPECT_NE(raised.error().type.find(type), std::string::npos) << raised.error().type;
    EXPECT_NE(raised.error().traceback.find("faults.py"), std::string::npos);
  }
  EXPECT_EQ(pool.call_api("after").pid, pid);
}

class Hanging : public testing::TestWithParam<std::string> {};

TEST_P(Hanging, TimesOutWithItsStackAndDoesNotDelayTheNextCall) {
  Pool pool(options_for("faults.py"));
  const int pid = pool.call_api("before").pid;
  Call call = Call::api_call(GetParam());
  call.timeout = 1;
  const Outcome late = pool.call(call);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout) << text_of(late);
  EXPECT_EQ(late.error().phase, "running");
  EXPECT_NE(late.error().stack.find("in call_api"), std::string::npos) << text_of(late);
  const Outcome after = pool.call_api("after");
  ASSERT_TRUE(after) << text_of(after);
  EXPECT_EQ(late.pid, pid);
}

INSTANTIATE_TEST_SUITE_P(Hangs, Hanging, testing::Values("sleep", "spin"),
                         [](const auto& parameter) { return parameter.param; });

TEST(Timeout, ARunningCallCanBeCancelled) {
  PrintedLines lines;
  Pool pool(options_for("faults.py", &lines));
  const Pending running = pool.submit(Call::api_call("sleep"));
  lines.wait_for("waiting");
  EXPECT_TRUE(running.cancel());
  EXPECT_EQ(running.get().error().kind, ErrorKind::kCancelled);
  EXPECT_TRUE(pool.call_api("after"));
}

TEST(Shutdown, RunningCallsAreSettled) {
  PrintedLines lines;
  Pool pool(options_for("faults.py", &lines));
  const Pending running = pool.submit(Call::api_call("sleep"));
  const Pending queued = pool.submit(Call::api_call("never"));
  lines.wait_for("waiting");
  const int pid = pool.stats().hosts[0].pid;
  pool.shutdown(0);
  EXPECT_EQ(running.get().error().kind, ErrorKind::kShuttingDown);
  EXPECT_EQ(queued.get().error().kind, ErrorKind::kShuttingDown);
  EXPECT_EQ(::kill(pid, 0), -1) << "the host is still there";
  EXPECT_EQ(pool.call_api("late").error().kind, ErrorKind::kShuttingDown);
}

}  // namespace
}  // namespace provider_host
