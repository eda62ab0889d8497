#include "platform/process_state.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "helpers/platform.h"
#include "process/child.h"

namespace provider_host::platform {
namespace {

process::Child started_shell(const std::string& script) {
  process::SpawnRequest request;
  request.executable = "/bin/sh";
  request.argv = {"sh", "-c", script};
  return process::Child::spawn(request);
}

void await_end(const process::Child& child) {
  pollfd ended{child.exit_fd(), POLLIN, 0};
  ::poll(&ended, 1, -1);
}

TEST(ProcessState, OneThatRunsWantsToRunAndIsNotExiting) {
  NEEDS_LINUX("what another process does is not known");
  EXPECT_TRUE(wants_to_run(::getpid()));
  EXPECT_FALSE(is_exiting(::getpid()));
  const process::Child busy = started_shell("while :; do :; done");
  while (!busy.wants_to_run()) std::this_thread::yield();
  EXPECT_FALSE(busy.is_exiting());
}

TEST(ProcessState, OneThatSleepsOrIsStoppedDoesNotWantToRun) {
  const process::Child sleeping = started_shell("exec sleep 1000");
  while (sleeping.wants_to_run()) std::this_thread::yield();  // it is on its way there
  EXPECT_FALSE(is_stopped(sleeping.pid()));
  EXPECT_FALSE(sleeping.is_exiting());
  const process::Child stopped = started_shell("while :; do :; done");
  stopped.signal_group(SIGSTOP);
  while (!is_stopped(stopped.pid())) std::this_thread::yield();
  EXPECT_FALSE(stopped.wants_to_run());
  EXPECT_FALSE(stopped.is_exiting());
}

TEST(ProcessState, OneThatHasEndedIsExitingUntilItIsReaped) {
  process::Child child = started_shell("exit 3");
  await_end(child);
  EXPECT_EQ(child.is_exiting(), !is_portable());
  EXPECT_FALSE(child.wants_to_run());
  EXPECT_TRUE(child.try_reap());
  EXPECT_FALSE(child.is_exiting());
  EXPECT_FALSE(child.wants_to_run());
}

TEST(ProcessState, NothingIsKnownOfOneThatDoesNotExist) {
  EXPECT_FALSE(wants_to_run(0));
  EXPECT_FALSE(is_exiting(0));
}

}  // namespace
}  // namespace provider_host::platform
