#include "platform/pipes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/command.h"

namespace provider_host::platform {
namespace {

bool closes_on_exec(const Fd& fd) { return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0; }
bool is_non_blocking(const Fd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) != 0; }

TEST(Pipes, CloseOnExecAndBlockOnTheChildsSideOnly) {
  for (const Ends& ends : {make_socketpair(), make_output_pipe()}) {
    EXPECT_TRUE(closes_on_exec(ends.ours));
    EXPECT_TRUE(closes_on_exec(ends.theirs));
    EXPECT_TRUE(is_non_blocking(ends.ours));
    EXPECT_FALSE(is_non_blocking(ends.theirs));
    EXPECT_GT(ends.ours.get(), STDERR_FILENO);
    EXPECT_GT(ends.theirs.get(), STDERR_FILENO);
  }
}

// Runs in a process of its own, whose standard streams can be closed.
int exit_code_without_standard_streams(int (*body)()) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Pipes, StayAboveTheStandardStreamsWhenTheseAreClosed) {
  EXPECT_EQ(exit_code_without_standard_streams([] {
              const Ends pipe = make_output_pipe();
              const Ends sockets = make_socketpair();
              const bool high =
                  pipe.ours.get() > 2 && pipe.theirs.get() > 2 && sockets.ours.get() > 2 && sockets.theirs.get() > 2;
              return high && ::fcntl(0, F_GETFD) < 0 && ::fcntl(1, F_GETFD) < 0 ? 0 : 1;
            }),
            0);
}

TEST(Pipes, CarryAChildsOutputWhenTheParentHasNoStandardStreams) {
  EXPECT_EQ(
      exit_code_without_standard_streams([] {
        const auto result = process::run_command({"/bin/sh", "-c", "echo out; echo err >&2"}, std::chrono::seconds(30));
        return result.output == "out\n" && result.errors == "err\n" ? 0 : 1;
      }),
      0);
}

}  // namespace
}  // namespace provider_host::platform
