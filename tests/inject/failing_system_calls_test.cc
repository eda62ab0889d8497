#include "inject/failing_system_calls.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "helpers/platform.h"
#include "platform/pipes.h"
#include "platform/poller.h"
#include "platform/shared_memory.h"
#include "process/child.h"

namespace provider_host::inject {
namespace {

using platform::Poller;

void use_a_poller() {
  Poller poller;
  const platform::Ends ends = platform::make_socketpair();
  poller.add(ends.ours.get(), [] {});
  poller.wake();
  poller.wait(Poller::Clock::now());
  poller.remove(ends.ours.get());
}

// The error that it throws; 0: none.
int error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

TEST(FailingSystemCalls, FailWithTheGivenError) {
  NEEDS_LINUX("it has no epoll");
  const FailingSystemCalls failing(SystemCall::kEpollCtl, EPERM, Threads::kThis, {.first = 2});
  EXPECT_EQ(error_of(use_a_poller), EPERM);
  EXPECT_EQ(failing.passed(), 2U);
  EXPECT_EQ(failing.failed(), 1U);
}

TEST(FailingSystemCalls, CountThosePassedWhenNoneIsToFail) {
  const FailingSystemCalls failing(std::nullopt, EIO, Threads::kThis);
  EXPECT_EQ(error_of(use_a_poller), 0);
  EXPECT_GT(failing.passed(), 5U);
  EXPECT_EQ(failing.failed(), 0U);
}

TEST(FailingSystemCalls, ReachEveryCallThatStartsAProcess) {
  NEEDS_LINUX("it has no descriptors of processes");
  const auto start = [] {
    process::Child::spawn({.executable = "/bin/true",
                           .argv = {"/bin/true"},
                           .inherited_fds = {},
                           .environment = {},
                           .working_directory = {}});
  };
  for (const SystemCall call : {SystemCall::kPosixSpawn, SystemCall::kPidfdOpen}) {
    const FailingSystemCalls failing(call, EMFILE, Threads::kThis, {1});
    EXPECT_EQ(error_of(start), EMFILE) << to_string(call);
  }
  for (const SystemCall call : {SystemCall::kMemfdCreate, SystemCall::kFtruncate, SystemCall::kFcntl}) {
    const FailingSystemCalls failing(call, ENOMEM, Threads::kThis, {1});
    EXPECT_EQ(error_of([] { platform::make_shared_memory(8192, 4096); }), ENOMEM) << to_string(call);
  }
  const FailingSystemCalls failing(SystemCall::kMmap, ENOMEM, Threads::kThis, {1});
  EXPECT_EQ(error_of([] { platform::SharedMemory::map(platform::make_shared_memory(8192, 4096).get(), 8192); }),
            ENOMEM);
}

TEST(FailingSystemCalls, ReachTheStartOfAThread) {
  const FailingSystemCalls failing(SystemCall::kThread, EAGAIN, Threads::kThis, {1});
  EXPECT_EQ(error_of([] { std::thread([] {}).join(); }), EAGAIN);
  EXPECT_EQ(error_of([] { std::thread([] {}).join(); }), 0);
}

TEST(FailingSystemCalls, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const SystemCall call : kSystemCalls) names.insert(to_string(call));
  EXPECT_EQ(names.size(), kSystemCalls.size());
}

}  // namespace
}  // namespace provider_host::inject
