#include "pool/policy/verdict.h"

#include <gtest/gtest.h>

#include <csignal>

namespace provider_host::internal {
namespace {

const process::ExitStatus kKilled{SIGKILL, {}};
const process::ExitStatus kSegfault{SIGSEGV, {}};
const process::ExitStatus kAborted{SIGABRT, {}};
const process::ExitStatus kExit1{{}, 1};

TEST(Verdict, TellsAKillByTheKernelFromOneByOthers) {
  EXPECT_EQ(verdict_of({.status = kKilled, .oom_kill = true}), "out-of-memory: the kernel killed it");
  EXPECT_EQ(verdict_of({.status = kKilled}), "killed from outside");
  EXPECT_EQ(verdict_of({.status = {SIGTERM, {}}}), "killed from outside");
  EXPECT_EQ(verdict_of({.status = kKilled, .self_inflicted = true}), "its own code sent it SIGKILL");
}

TEST(Verdict, KnowsTheLimitOfProcessorTime) {
  const std::string verdict = "CPU time limit: it had used the 2 s that it may (RLIMIT_CPU, `ulimit -t`)";
  EXPECT_EQ(verdict_of({.status = {SIGXCPU, {}, 0, 2}}), verdict);
  EXPECT_EQ(verdict_of({.status = {SIGKILL, {}, 0, 2}}), verdict);
  EXPECT_EQ(verdict_of({.status = {SIGXCPU, {}}, .self_inflicted = true}), "its own code sent it SIGXCPU");
}

TEST(Verdict, KnowsAHostThatIsNoneAnyMore) {
  EXPECT_EQ(verdict_of({.status = kKilled, .executed = true}), "its own code replaced the process");
  EXPECT_EQ(verdict_of({.status = {{}, 70}, .lost_channels = true}), "its own code closed the descriptors of the host");
}

TEST(Verdict, KnowsATimerThatNothingHandles) {
  EXPECT_EQ(verdict_of({.status = {SIGALRM, {}}}),
            "a timer ran out (signal.alarm, setitimer) and SIGALRM had no handler");
}

TEST(Verdict, KnowsAStackOverflow) {
  EXPECT_EQ(verdict_of({.status = kSegfault, .stack_overflow = true}), "stack overflow");
  EXPECT_EQ(verdict_of({.status = kSegfault, .stack = "Fatal Python error: Segmentation fault\n"}), "");
}

TEST(Verdict, KnowsTheMemoryLimit) {
  EXPECT_EQ(verdict_of({.status = kAborted,
                        .stderr_tail = "terminate called after throwing an instance of 'std::bad_alloc'\n",
                        .memory_limit = std::uint64_t{512} << 20}),
            "out-of-memory: it reached memory_limit (512 MiB)");
  EXPECT_EQ(verdict_of({.status = kAborted, .stderr_tail = "MemoryError\n", .memory_limit = 1000}),
            "out-of-memory: it reached memory_limit (1000 bytes)");
}

TEST(Verdict, RepeatsTheMessageOfAnAbort) {
  EXPECT_EQ(verdict_of({.status = kAborted, .stderr_tail = "hello\nfree(): invalid pointer\n"}),
            "abort: free(): invalid pointer");
  EXPECT_EQ(verdict_of({.status = kAborted, .stack = "Fatal Python error: Aborted\n\nCurrent thread\n"}), "abort");
}

TEST(Verdict, KnowsThatTheCodeEndedTheProcessItself) {
  EXPECT_EQ(verdict_of({.status = kExit1, .self_inflicted = true}), "its own code ended the process");
  EXPECT_EQ(verdict_of({.status = kExit1}), "");
}

}  // namespace
}  // namespace provider_host::internal
