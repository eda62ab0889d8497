#include "platform/poller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>

#include "inject/failing_system_calls.h"
#include "platform/pipes.h"
#include "platform/write_byte.h"

namespace provider_host::platform {
namespace {

TEST(Poller, RunsTheCallbackOfWhatIsReadable) {
  Poller poller;
  const Ends one = make_socketpair();
  const Ends two = make_socketpair();
  int ones = 0;
  int twos = 0;
  poller.add(one.ours.get(), [&] { ++ones; });
  poller.add(two.ours.get(), [&] { ++twos; });
  write_byte(two.theirs);
  poller.wait(std::nullopt);
  EXPECT_EQ(ones, 0);
  EXPECT_EQ(twos, 1);
}

TEST(Poller, RunsTheCallbackAtTheEndOfAPipe) {
  Poller poller;
  Ends pipe = make_output_pipe();
  bool called = false;
  poller.add(pipe.ours.get(), [&] { called = true; });
  pipe.theirs.reset();
  poller.wait(std::nullopt);
  EXPECT_TRUE(called);
}

TEST(Poller, ComesBackAtTheGivenTime) {
  Poller poller;
  const auto until = Poller::Clock::now() + std::chrono::milliseconds(5);
  while (Poller::Clock::now() < until) poller.wait(until);
  poller.wait(until);  // in the past: at once
}

TEST(Poller, IsWokenBeforeAndDuringItsWait) {
  Poller poller;
  poller.wake();
  poller.wake();
  poller.wait(std::nullopt);
  std::thread other([&] { poller.wake(); });
  poller.wait(std::nullopt);
  other.join();
}

TEST(Poller, LeavesOutWhatIsPausedAndFindsItAgain) {
  Poller poller;
  const Ends ends = make_socketpair();
  int calls = 0;
  poller.add(ends.ours.get(), [&] { ++calls; });
  write_byte(ends.theirs);
  poller.pause(ends.ours.get());
  poller.wake();
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 0);
  poller.resume(ends.ours.get());
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 1);
}

TEST(Poller, WatchesForCapacityToWriteOnlyWhenAsked) {
  Poller poller;
  const Ends ends = make_socketpair();
  int calls = 0;
  poller.add(ends.ours.get(), [&] { ++calls; });
  poller.wake();
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 0);
  poller.watch_writable(ends.ours.get(), true);
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 1);
  poller.watch_writable(ends.ours.get(), false);
  poller.wake();
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 1);
}

TEST(Poller, LetsCallbacksRemoveEachOther) {
  Poller poller;
  const Ends one = make_socketpair();
  const Ends two = make_socketpair();
  int calls = 0;
  const auto remove_both = [&] {
    ++calls;
    poller.remove(one.ours.get());
    poller.remove(two.ours.get());
  };
  poller.add(one.ours.get(), remove_both);
  poller.add(two.ours.get(), remove_both);
  write_byte(one.theirs);
  write_byte(two.theirs);
  poller.wait(std::nullopt);
  EXPECT_EQ(calls, 1);
}

TEST(Poller, ForgetsWhatWasRemoved) {
  Poller poller;
  const Ends ends = make_socketpair();
  poller.add(ends.ours.get(), [] { FAIL(); });
  write_byte(ends.theirs);
  poller.remove(ends.ours.get());
  poller.remove(ends.ours.get());  // twice is no harm
  poller.wake();
  poller.wait(std::nullopt);
}

TEST(Poller, IsWokenByTheNextWakeWhenOneHasFailed) {
  for (const int error : {EINTR, EIO}) {
    Poller poller;
    std::atomic<bool> is_over = false;
    std::thread sleeper([&] {
      poller.wait(std::nullopt);
      is_over = true;
    });
    const inject::FailingSystemCalls failing(inject::SystemCall::kWrite, error, inject::Threads::kThis, {.first = 1});
    while (!is_over) poller.wake();
    sleeper.join();
  }
}

TEST(Poller, IsWokenWithoutASystemCallWhileItDoesNotSleep) {
  Poller poller;
  {
    const inject::FailingSystemCalls none({}, EIO, inject::Threads::kThis, {1, 1});
    poller.wake();
    poller.wake();
    EXPECT_EQ(none.passed() + none.failed(), 0U);
  }
  poller.wait(std::nullopt);
}

TEST(Poller, IsWokenAgainAndAgain) {
  Poller poller;
  std::atomic<int> asked = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      ++asked;
      poller.wake();
      while (asked != 0) std::this_thread::yield();
    }
  });
  for (int seen = 0; seen < 1000;) {
    poller.wait(std::nullopt);
    seen += asked.exchange(0);
  }
  other.join();
}

TEST(Poller, FindsThatADescriptorWasReplacedWhileItsEventsWereHandled) {
  Poller poller;
  const Ends one = make_socketpair();
  const Ends two = make_socketpair();
  int replaced = 0;
  const auto replace = [&](const Ends& other) {
    for (const Ends* ends : {&one, &two}) poller.remove(ends->ours.get());
    poller.add(other.ours.get(), [&] { ++replaced; });
  };
  poller.add(one.ours.get(), [&] { replace(two); });
  poller.add(two.ours.get(), [&] { replace(one); });
  write_byte(one.theirs);
  write_byte(two.theirs);
  poller.wait(std::nullopt);
  EXPECT_EQ(replaced, 0) << "what was ready was the one before";
  while (replaced == 0) poller.wait(std::nullopt);
}

}  // namespace
}  // namespace provider_host::platform
