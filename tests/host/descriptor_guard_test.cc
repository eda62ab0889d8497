#include "host/descriptor_guard.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace provider_host::host {
namespace {

// What is guarded is so for good, so each test is a process: its exit code tells.

// As a library finds it, if there is any.
template <typename Function>
Function* found(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

using CloseRange = int(unsigned, unsigned, int);
using CloseFrom = void(int);
using Dup3 = int(int, int, int);

class Guarded {
 public:
  Guarded() {
    std::array<std::array<int, 2>, 3> pipes{};
    for (auto& pipe : pipes) {
      if (::pipe(pipe.data()) != 0) std::_Exit(99);
    }
    channels_ = take_channels(Fd(pipes[0][0]), Fd(pipes[1][0]), Fd(pipes[2][1]));
    guard_descriptors(channels_);
    below_ = ::fcntl(STDERR_FILENO, F_DUPFD, number() - 5);
    between_ = ::fcntl(STDERR_FILENO, F_DUPFD, number() + 1);
  }

  [[nodiscard]] int number() const { return channels_.call.get(); }

  void expect(bool condition) { is_good_ = is_good_ && condition; }
  void expect_refused(int result) { expect(result == -1 && errno == EBADF); }

  // That everything else is closed or open, and the channels open.
  [[noreturn]] void end(bool others_are_open) {
    for (const int fd : channels_.numbers()) expect(fd < 0 || is_open(fd));
    for (const int fd : {below_, between_}) expect(is_open(fd) == others_are_open);
    std::_Exit(is_good_ ? 7 : 1);
  }

 private:
  static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

  Channels channels_;
  int below_ = -1;
  int between_ = -1;
  bool is_good_ = true;
};

[[noreturn]] void take_the_numbers() {
  Guarded guarded;
  guarded.expect_refused(::close(guarded.number()));
  guarded.expect_refused(::dup2(STDERR_FILENO, guarded.number()));
  if (auto* const dup3 = found<Dup3>("dup3")) guarded.expect_refused(dup3(STDERR_FILENO, guarded.number(), O_CLOEXEC));
  guarded.end(true);
}

[[noreturn]] void copy_elsewhere() {
  Guarded guarded;
  const int free = guarded.number() + 100;
  guarded.expect(::dup2(STDERR_FILENO, free) == free && ::fcntl(free, F_GETFD) == 0);
  guarded.expect(::dup2(free, free) == free);
  if (auto* const dup3 = found<Dup3>("dup3")) {
    guarded.expect(dup3(STDERR_FILENO, free, O_CLOEXEC) == free && ::fcntl(free, F_GETFD) == FD_CLOEXEC);
    guarded.expect(dup3(free, free, O_CLOEXEC) == -1 && errno == EINVAL);
  }
  guarded.expect(::close(free) == 0);
  guarded.end(true);
}

[[noreturn]] void close_a_range() {
  Guarded guarded;
  auto* const close_range = found<CloseRange>("close_range");
  const bool is_there = close_range != nullptr && close_range(3, ~0U, 0) == 0;
  guarded.end(!is_there);
}

[[noreturn]] void close_from_a_number() {
  Guarded guarded;
  auto* const closefrom = found<CloseFrom>("closefrom");
  if (closefrom != nullptr) closefrom(3);
  guarded.end(closefrom == nullptr);
}

TEST(DescriptorGuardDeathTest, nothing_takes_the_number_of_a_channel) {
  EXPECT_EXIT(take_the_numbers(), ::testing::ExitedWithCode(7), "");
}

TEST(DescriptorGuardDeathTest, other_numbers_are_copied_and_closed_as_ever) {
  EXPECT_EXIT(copy_elsewhere(), ::testing::ExitedWithCode(7), "");
}

TEST(DescriptorGuardDeathTest, a_range_is_closed_around_the_channels) {
  EXPECT_EXIT(close_a_range(), ::testing::ExitedWithCode(7), "");
}

TEST(DescriptorGuardDeathTest, all_from_a_number_on_is_closed_around_the_channels) {
  EXPECT_EXIT(close_from_a_number(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace provider_host::host
