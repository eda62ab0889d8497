// A Poller whose epoll instance fails.
#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <thread>

#include "inject/failing_system_calls.h"
#include "platform/pipes.h"
#include "platform/poller.h"
#include "platform/write_byte.h"

namespace provider_host::platform {
namespace {

// What the kernel says when it has no memory, or the user no more watches.
TEST(Poller, FindsWhatIsReadableWhereEpollHasNoCapacityForIt) {
  Poller poller;
  const Ends one = make_socketpair();
  const Ends two = make_socketpair();
  int ones = 0;
  int twos = 0;
  poller.add(one.ours.get(), [&] { ++ones; });
  poller.pause(one.ours.get());
  {
    const inject::FailingSystemCalls full(inject::SystemCall::kEpollCtl, ENOSPC, inject::Threads::kThis, {1, 1});
    poller.add(two.ours.get(), [&] { ++twos; });
    poller.resume(one.ours.get());
    write_byte(one.theirs);
    write_byte(two.theirs);
    poller.wait(std::nullopt);
    EXPECT_EQ(ones, 1);
    EXPECT_EQ(twos, 1);
    std::thread other([&] { poller.wake(); });
    while (ones + twos < 4) poller.wait(std::nullopt);
    other.join();
  }
  poller.remove(two.ours.get());
  poller.wait(std::nullopt);
  EXPECT_GE(ones, 3);
  poller.pause(one.ours.get());
  poller.wake();
  poller.wait(std::nullopt);
}

TEST(Poller, WaitsAlsoWhenEpollCannot) {
  Poller poller;
  const Ends ends = make_socketpair();
  int called = 0;
  poller.add(ends.ours.get(), [&] { ++called; });
  write_byte(ends.theirs);
  const inject::FailingSystemCalls broken(inject::SystemCall::kEpollWait, EBADF, inject::Threads::kThis, {1, 1});
  poller.wait(std::nullopt);
  EXPECT_EQ(called, 1);
  const auto until = Poller::Clock::now() + std::chrono::milliseconds(5);
  poller.pause(ends.ours.get());
  poller.wait(until);
  EXPECT_GE(Poller::Clock::now(), until);
}

}  // namespace
}  // namespace provider_host::platform
