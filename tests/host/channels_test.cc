#include "host/channels.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace provider_host::host {
namespace {

// Taking over happens once per process, so each test is a process: its exit code tells.

Channels take_pipes() {
  std::array<std::array<int, 2>, 3> pipes{};
  for (auto& pipe : pipes) {
    if (::pipe(pipe.data()) != 0) std::_Exit(99);
  }
  return take_channels(Fd(pipes[0][0]), Fd(pipes[1][0]), Fd(pipes[2][1]));
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

[[noreturn]] void look_at_numbers() {
  const Channels channels = take_pipes();
  const std::array<int, 3> fds{channels.call.get(), channels.control.get(), channels.diagnostics.get()};
  const bool good =
      std::all_of(fds.begin(), fds.end(), [](int fd) { return fd >= 256 && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; });
  std::_Exit(good && !in_forked_child() ? 0 : 1);
}

[[noreturn]] void look_from_a_fork() {
  const Channels channels = take_pipes();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool none =
        !is_open(channels.call.get()) && !is_open(channels.control.get()) && !is_open(channels.diagnostics.get());
    std::_Exit(none && in_forked_child() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::_Exit(WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_open(channels.call.get()) ? 0 : 1);
}

TEST(ChannelsDeathTest, move_out_of_the_reach_of_user_code) {
  EXPECT_EXIT(look_at_numbers(), ::testing::ExitedWithCode(0), "");
}

TEST(ChannelsDeathTest, are_not_open_in_a_forked_child) {
  EXPECT_EXIT(look_from_a_fork(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace provider_host::host
