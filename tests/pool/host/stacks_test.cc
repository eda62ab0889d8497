#include "pool/host/stacks.h"

#include <gmock/gmock.h>

#include <string>

#include "pool/crash_dump.h"

namespace provider_host::internal {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDump313 = R"(Thread 0x00007fb7e781d6c0 (most recent call first):
  File "/usr/lib/python3.13/threading.py", line 359 in wait
  File "/usr/lib/python3.13/threading.py", line 1012 in _bootstrap

Current thread 0x00007fb7e82aab80 (most recent call first):
  File "/srv/provider.py", line 12 in slow
  File "/srv/provider.py", line 20 in call_api
)";

TEST(InnermostFrame, IsThatOfTheThreadThatCrashed) {
  EXPECT_EQ(innermost_frame(kCrash311), "provider.py:3 in call_api");
}

TEST(InnermostFrame, IsThatOfTheThreadThatWasAsked) { EXPECT_EQ(innermost_frame(kDump313), "provider.py:12 in slow"); }

TEST(InnermostFrame, IsFoundWithoutACurrentThread) {
  EXPECT_EQ(innermost_frame("Stack (most recent call first):\n  File \"a.py\", line 1 in f\n"), "a.py:1 in f");
}

TEST(InnermostFrame, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(innermost_frame(""), "");
  EXPECT_EQ(innermost_frame("Fatal Python error: Aborted\n"), "");
  EXPECT_EQ(innermost_frame("Current thread 0x1 (most recent call first):\n  <no Python frame>\n"), "");
  EXPECT_EQ(innermost_frame("  File \"/x.py"), "");
}

TEST(InnermostFrame, IsNotTakenFromAnotherThread) {
  EXPECT_EQ(innermost_frame("Current thread 0x1 (most recent call first):\n  <no Python frame>\n\n"
                            "Thread 0x2 (most recent call first):\n  File \"/other.py\", line 5 in innocent\n"),
            "");
}

constexpr const char* kLoop = R"(Current thread 0x1 (most recent call first):
  File "/usr/lib/python3.11/selectors.py", line 468 in select
  File "/usr/lib/python3.11/asyncio/base_events.py", line 1871 in _run_once

Call 12 (most recent call first):
  File "/usr/lib/python3.11/asyncio/tasks.py", line 639 in sleep
  File "/srv/provider.py", line 7 in ask
  File "/srv/provider.py", line 30 in call_api

Call 1 (most recent call first):
  File "/srv/provider.py", line 99 in other

)";

TEST(CallSection, IsThatOfTheCallAndOfNoOther) {
  EXPECT_THAT(std::string(call_section(kLoop, 12)), HasSubstr("line 7 in ask"));
  EXPECT_EQ(innermost_frame(call_section(kLoop, 12), "/srv/provider.py"), "provider.py:7 in ask");
  EXPECT_EQ(innermost_frame(call_section(kLoop, 1)), "provider.py:99 in other");
  EXPECT_EQ(call_section(kLoop, 2), "");
  EXPECT_EQ(call_section("", 2), "");
}

TEST(WithoutHostFrames, LeavesTheFramesOfTheScriptAndOfItsLibraries) {
  const std::string script = R"(Current thread 0x1 (most recent call first):
  File "/usr/lib/python3.11/asyncio/base_events.py", line 1871 in _run_once
  File "/srv/provider.py", line 12 in call_api
)";
  EXPECT_EQ(without_host_frames(script), script);
  EXPECT_EQ(without_host_frames(script + "  File \"<provider-host event_loop.py>\", line 61 in run\n"
                                         "  File \"/srv/provider.py\", line 1 in <provider-host>\n"
                                         "  File \"/srv/provider.py\", line 1 in <provider-host>\n\nCall 1"),
            script + "\nCall 1");
  EXPECT_EQ(without_host_frames(""), "");
}

TEST(WithoutRepeatedCalls, LeavesOutTheCallThatTheThreadRuns) {
  const std::string call =
      "Call 3 (most recent call first):\n"
      "  File \"/srv/provider.py\", line 13 in slow\n"
      "  File \"/srv/provider.py\", line 20 in call_api\n\n";
  const std::string other =
      "Call 4 (most recent call first):\n"
      "  File \"/srv/provider.py\", line 40 in call_async\n\n";
  EXPECT_EQ(without_repeated_calls(kDump313 + ("\n" + call) + other), kDump313 + ("\n" + other));
  EXPECT_EQ(without_repeated_calls(kDump313 + call + other), kDump313 + other) << "with no line between";
  EXPECT_EQ(without_repeated_calls(kLoop), kLoop);
  EXPECT_EQ(without_repeated_calls(call), call) << "there is nothing that it repeats";
  EXPECT_EQ(without_repeated_calls(""), "");
}

TEST(InnermostFrameOfAnyThread, IsTheFirstInTheFile) {
  EXPECT_EQ(innermost_frame_of_any_thread(kCrash311, "/srv/worker.py"), "worker.py:5 in worker");
  EXPECT_EQ(innermost_frame_of_any_thread(kCrash311, "/srv/other.py"), "");
}

TEST(WaitsInEventLoop, IsSaidByTheInnermostFrameOfTheMainThread) {
  EXPECT_TRUE(waits_in_event_loop(kLoop));
  EXPECT_TRUE(
      waits_in_event_loop("Current thread 0x1 (most recent call first):\n"
                          "  File \"<provider-host event_loop.py>\", line 61 in run\n"));
  EXPECT_FALSE(waits_in_event_loop(kCrash311));
  EXPECT_FALSE(waits_in_event_loop(kDump313));
  EXPECT_FALSE(waits_in_event_loop(""));
}

}  // namespace
}  // namespace provider_host::internal
