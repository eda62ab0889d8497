#include "process/command.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>
#include <system_error>
#include <thread>

#include "helpers/open_descriptors.h"

namespace provider_host::process {
namespace {

constexpr std::chrono::seconds kLong(50);

TEST(Command, GivesOutputErrorsAndStatus) {
  const auto result = run_command({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, kLong);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_EQ(result.status.exit_code, 3);
  EXPECT_FALSE(result.timed_out);
}

TEST(Command, HandsArgumentsOnUnchanged) {
  const auto result = run_command({"/bin/sh", "-c", "printf '%s|' \"$@\"", "sh", "a b", "", "*", "$x"}, kLong);
  EXPECT_EQ(result.output, "a b||*|$x|");
}

TEST(Command, EndsOneThatTakesTooLong) {
  const auto result = run_command({"/bin/sh", "-c", "sleep 1000"}, std::chrono::milliseconds(50));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST(Command, EndsOneThatPrintsForEver) {
  const auto result = run_command({"/bin/sh", "-c", "yes"}, std::chrono::milliseconds(300));
  EXPECT_TRUE(result.timed_out);
  EXPECT_LE(result.output.size(), std::size_t{70'000});
}

TEST(Command, KeepsTheStartOfMuchOutput) {
  const auto result = run_command({"/bin/sh", "-c", "echo start; head -c 3000000 /dev/zero; exit 4"}, kLong);
  EXPECT_EQ(result.status.exit_code, 4);
  EXPECT_TRUE(result.output.starts_with("start\n"));
  EXPECT_LE(result.output.size(), std::size_t{70'000});
}

TEST(Command, DoesNotWaitForGrandchildrenThatHoldThePipes) {
  const auto result = run_command({"/bin/sh", "-c", "sleep 1000 & echo done"}, kLong);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.output, "done\n");
}

TEST(Command, ThrowsWhenItCannotBeStarted) {
  EXPECT_THROW(run_command({"/no/such/program"}, kLong), std::system_error);
}

TEST(Command, LeavesNoDescriptor) {
  const auto before = open_descriptors();
  for (int i = 0; i < 5; ++i) run_command({"/bin/sh", "-c", "echo x"}, kLong);
  // Where a thread waits for each child, it has a descriptor until it ends.
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (open_descriptors() != before && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace provider_host::process
