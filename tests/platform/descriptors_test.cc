#include "platform/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "helpers/platform.h"
#include "inject/failing_system_calls.h"
#include "platform/close_each.h"
#include "platform/close_on_exec.h"

namespace provider_host::platform {
namespace {

using inject::FailingSystemCalls;
using inject::SystemCall;
using inject::Threads;

constexpr unsigned kFirst = 300;
constexpr unsigned kLast = 899;  // more than one piece of a directory lists

bool is_open(unsigned fd) { return ::fcntl(static_cast<int>(fd), F_GETFD) >= 0; }

// Whether none from `first` to `last` is open.
bool are_closed(unsigned first, unsigned last) {
  for (unsigned fd = first; fd <= last; ++fd) {
    if (is_open(fd)) return false;
  }
  return true;
}

class Descriptors : public testing::Test {
 protected:
  void SetUp() override {
    if (limit_.rlim_cur <= kLast) GTEST_SKIP() << "the limit of open files is too low";
    for (unsigned fd = kFirst; fd <= kLast; ++fd) {
      ASSERT_EQ(::dup2(STDERR_FILENO, static_cast<int>(fd)), static_cast<int>(fd));
    }
  }
  void TearDown() override {
    ::setrlimit(RLIMIT_NOFILE, &limit_);
    for (unsigned fd = kFirst; fd <= kLast; ++fd) ::close(static_cast<int>(fd));
  }
  static rlimit now() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
  }
  void limit_to(rlim_t most) const {
    const rlimit limit{most, limit_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  const rlimit limit_ = now();
};

TEST_F(Descriptors, AreClosedFromTheFirstToTheLast) {
  EXPECT_TRUE(close_descriptors(kFirst + 1, kLast - 1));
  EXPECT_TRUE(are_closed(kFirst + 1, kLast - 1));
  EXPECT_TRUE(is_open(kFirst) && is_open(kLast) && is_open(STDERR_FILENO));
}

TEST_F(Descriptors, AreClosedWithoutCloseRange) {
  for (const int error : {ENOSYS, EPERM}) {
    SetUp();
    const FailingSystemCalls failing(SystemCall::kCloseRange, error, Threads::kThis, {1, 1});
    EXPECT_TRUE(close_descriptors(kFirst + 1, kLast - 1));
    EXPECT_TRUE(are_closed(kFirst + 1, kLast - 1));
    EXPECT_TRUE(is_open(kFirst) && is_open(kLast) && is_open(STDERR_FILENO));
  }
}

// A limit that was higher when they were opened.
TEST_F(Descriptors, BeyondTheLimitAreClosedWithoutCloseRange) {
  NEEDS_LINUX("which descriptors are open is not known");
  limit_to(kFirst);
  const FailingSystemCalls failing(SystemCall::kCloseRange, ENOSYS, Threads::kThis, {1, 1});
  EXPECT_TRUE(close_descriptors(kFirst, ~0U));
  EXPECT_TRUE(are_closed(kFirst, kLast));
}

TEST_F(Descriptors, AreClosedOneByOneUpToTheLimit) {
  EXPECT_TRUE(close_each(kFirst + 1, kLast - 1));
  EXPECT_TRUE(are_closed(kFirst + 1, kLast - 1));
  EXPECT_TRUE(is_open(kFirst) && is_open(kLast));
  limit_to(kLast + 1);
  EXPECT_TRUE(close_each(kFirst, ~0U));
  EXPECT_TRUE(are_closed(kFirst, kLast));
}

TEST_F(Descriptors, MayBeLeftOpenUnderALimitThatIsTooHighToTryAll) {
  const rlim_t high = 1'000'000;
  if (limit_.rlim_max < high) GTEST_SKIP() << "the limit of open files cannot be raised so far";
  limit_to(high);
  EXPECT_FALSE(close_each(kFirst, ~0U));
  EXPECT_TRUE(are_closed(kFirst, kLast));
}

TEST(CloseOnExec, HoldsForPipesWithoutPipe2) {
  NEEDS_LINUX("it has no such call");
  for (const int error : {ENOSYS, EPERM}) {
    const FailingSystemCalls failing(SystemCall::kPipe, error, Threads::kThis, {1, 1});
    int ends[2];
#ifdef __x86_64__
    ASSERT_EQ(pipe_close_on_exec(ends), 0);
    for (const int fd : ends) {
      EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
      ::close(fd);
    }
#else
    EXPECT_EQ(pipe_close_on_exec(ends), -1);
#endif
  }
}

}  // namespace
}  // namespace provider_host::platform
