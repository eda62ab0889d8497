#include "platform/exit_watch.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "helpers/open_descriptors.h"
#include "helpers/platform.h"
#include "inject/failing_system_calls.h"

namespace provider_host::platform {
namespace {

using inject::FailingSystemCalls;
using inject::SystemCall;
using inject::Threads;

constexpr int kForever = -1;

bool is_readable(const Fd& fd, int timeout_ms) {
  pollfd entry{fd.get(), POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

// A child that does nothing until it is killed.
pid_t start_child() {
  const pid_t pid = ::fork();
  while (pid == 0) ::pause();
  return pid;
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

auto thread_count() { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); }

template <typename Condition>
void wait_until(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// With the errno of pidfd_open(2); 0: it works.
class ExitWatch : public testing::TestWithParam<int> {
 protected:
  // The thread sanitizer starts a thread of its own beside the first one, which the tests are not to count.
  static void SetUpTestSuite() {
    std::string first;
    std::thread([&] { first = "/proc/self/task/" + std::to_string(::gettid()); }).join();
    wait_until([&] { return !std::filesystem::exists(first); });
  }

  static Fd watch(pid_t child) {
    if (GetParam() == 0) return watch_exit(child);
    const FailingSystemCalls failing(SystemCall::kPidfdOpen, GetParam(), Threads::kThis, {1, 1});
    return watch_exit(child);
  }
};
INSTANTIATE_TEST_SUITE_P(Errors, ExitWatch, testing::Values(0, ENOSYS, EPERM, EINVAL));

TEST_P(ExitWatch, IsReadableOnceTheChildHasEndedAndLeavesItToBeReaped) {
  const pid_t child = start_child();
  const Fd ended = watch(child);
  EXPECT_FALSE(is_readable(ended, 0));
  ::kill(child, SIGKILL);
  EXPECT_TRUE(is_readable(ended, kForever));
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG), 0);
  EXPECT_EQ(info.si_pid, child);
  EXPECT_EQ(info.si_status, SIGKILL);
}

TEST_P(ExitWatch, IsReadableForAChildThatHasEndedBefore) {
  const pid_t child = start_child();
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  const Fd zombie = watch(child);
  EXPECT_TRUE(is_readable(zombie, kForever));
  ::waitpid(child, nullptr, 0);
  const Fd gone = watch(child);
  EXPECT_TRUE(is_readable(gone, kForever));
}

TEST_P(ExitWatch, IsReadableWhenOtherCodeReapsTheChild) {
  const pid_t child = start_child();
  const Fd ended = watch(child);
  kill_and_reap(child);
  EXPECT_TRUE(is_readable(ended, kForever));
}

TEST_P(ExitWatch, IsReadableThoughAForkOfThisProcessHasCopies) {
  const pid_t child = start_child();
  const Fd ended = watch(child);
  const pid_t fork = start_child();
  kill_and_reap(child);
  EXPECT_TRUE(is_readable(ended, kForever));
  kill_and_reap(fork);
}

TEST_P(ExitWatch, MayBeClosedBeforeTheChildEnds) {
  const auto threads = thread_count();
  const pid_t child = start_child();
  watch(child).reset();
  kill_and_reap(child);
  wait_until([&] { return thread_count() == threads; });
}

TEST_P(ExitWatch, ManyLeaveNoThreadAndNoDescriptor) {
  constexpr int kMany = 100;
  const auto threads = thread_count();
  const auto descriptors = open_descriptors();
  std::vector<std::pair<pid_t, Fd>> children;
  for (int i = 0; i < kMany; ++i) {
    const pid_t child = start_child();
    children.emplace_back(child, watch(child));
  }
  for (const auto& [child, ended] : children) {
    EXPECT_FALSE(is_readable(ended, 0));
    ::kill(child, SIGKILL);
    EXPECT_TRUE(is_readable(ended, kForever));
    ::waitpid(child, nullptr, 0);
  }
  children.clear();
  wait_until([&] { return thread_count() == threads; });
  EXPECT_EQ(open_descriptors(), descriptors);
}

TEST(ExitWatchWithoutDescriptors, SaysSo) {
  NEEDS_LINUX("it has no such call");
  const pid_t child = start_child();
  const FailingSystemCalls failing(SystemCall::kPidfdOpen, EMFILE, Threads::kThis, {1, 1});
  EXPECT_THROW(watch_exit(child), std::system_error);
  kill_and_reap(child);
}

}  // namespace
}  // namespace provider_host::platform
