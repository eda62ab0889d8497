#include "platform/standard_streams.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace provider_host::platform {
namespace {

TEST(StandardStreams, NeedAnotherNumberForTheNextFile) {
  const auto look = [] {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
    occupy_standard_streams();
    char byte = 0;
    const bool cannot_read = ::read(STDIN_FILENO, &byte, 1) < 0 && errno == EBADF;
    const bool cannot_write = ::write(STDOUT_FILENO, &byte, 1) < 0 && errno == EBADF;
    ::_exit(cannot_read && cannot_write && ::dup(STDERR_FILENO) > STDERR_FILENO ? 0 : 1);
  };
  EXPECT_EXIT(look(), testing::ExitedWithCode(0), "");
}

TEST(StandardStreams, AreLeftAloneWhenTheyAreOpen) {
  occupy_standard_streams();
  EXPECT_GT(::write(STDERR_FILENO, "", 0), -1);
}

TEST(AnEmptyDescriptor, IsAtItsEndAndNoStandardStream) {
  const Fd empty = open_empty();
  char byte = 0;
  EXPECT_GT(empty.get(), STDERR_FILENO);
  EXPECT_EQ(::read(empty.get(), &byte, 1), 0);
}

}  // namespace
}  // namespace provider_host::platform
