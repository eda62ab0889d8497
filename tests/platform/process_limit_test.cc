#include "platform/process_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>

#include "helpers/temporary_directory.h"
#include "inject/failing_system_calls.h"
#include "platform/thread.h"

namespace provider_host::platform {
namespace {

class ProcessLimitTest : public testing::Test {
 protected:
  [[nodiscard]] KernelFiles files() const { return {directory_.path() / "proc", directory_.path() / "cgroup"}; }
  void write(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((directory_.path() / file).parent_path());
    std::ofstream(directory_.path() / file) << text << "\n";
  }
  void machine_has(int threads) const {
    write("proc/loadavg", "0.10 0.20 0.30 1/" + std::to_string(threads) + " 4711");
  }

  TemporaryDirectory directory_;
};

TEST_F(ProcessLimitTest, IsThatOfTheCgroupWhenItIsFull) {
  write("proc/self/cgroup", "0::/pod/app");
  write("cgroup/pod/app/pids.max", "20");
  write("cgroup/pod/app/pids.current", "20");
  EXPECT_EQ(process_limit(files()), "pids.max of 20 of the cgroup /pod/app");
}

TEST_F(ProcessLimitTest, IsThatOfACgroupAbove) {
  write("proc/self/cgroup", "0::/pod/app");
  write("cgroup/pod/app/pids.max", "max");
  write("cgroup/pod/app/pids.current", "20");
  write("cgroup/pod/pids.max", "30");
  write("cgroup/pod/pids.current", "31");
  EXPECT_EQ(process_limit(files()), "pids.max of 30 of the cgroup /pod");
}

TEST_F(ProcessLimitTest, IsFoundInAContainerThatSeesOnlyItsOwnCgroup) {
  write("proc/self/cgroup", "0::/../../not/seen/here");
  write("cgroup/pids.max", "8");
  write("cgroup/pids.current", "8");
  EXPECT_EQ(process_limit(files()), "pids.max of 8 of the cgroup /");
}

TEST_F(ProcessLimitTest, IsThatOfTheControllerInTheFirstVersionOfCgroups) {
  write("proc/self/cgroup", "9:cpu,cpuacct:/other\n8:pids:/app\n0::/");
  write("cgroup/pids/app/pids.max", "5");
  write("cgroup/pids/app/pids.current", "5");
  EXPECT_EQ(process_limit(files()), "pids.max of 5 of the cgroup /app");
}

TEST_F(ProcessLimitTest, IsThatOfTheMachineWhenNothingElseIsFull) {
  write("proc/self/cgroup", "0::/app");
  write("cgroup/app/pids.max", "20");
  write("cgroup/app/pids.current", "3");
  machine_has(40);
  write("proc/sys/kernel/threads-max", "1000");
  EXPECT_EQ(process_limit(files()), "");
  write("proc/sys/kernel/threads-max", "40");
  EXPECT_EQ(process_limit(files()), "kernel.threads-max of 40");
}

// The limit only binds users without rights.
bool become_without_rights() { return ::geteuid() != 0 || ::setuid(65534) == 0; }

// Not where a user namespace has root only.
bool can_be_without_rights() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(become_without_rights() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST_F(ProcessLimitTest, IsThatOfTheUserWhenAsManyRun) {
  if (!can_be_without_rights()) GTEST_SKIP() << "there is no other user here";
  machine_has(40);
  const auto look = [this] {
    const rlimit limit{30, 30};
    const bool is_set = ::setrlimit(RLIMIT_NPROC, &limit) == 0 && become_without_rights();
    std::cerr << (is_set ? process_limit(files()) : "no limit can be set");
    ::_exit(0);
  };
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  EXPECT_EXIT(look(), testing::ExitedWithCode(0), "^RLIMIT_NPROC of 30 .`ulimit -u`.$");
}

TEST(AThreadThatCannotBeStarted, IsNamed) {
  const inject::FailingSystemCalls failing(inject::SystemCall::kThread, EAGAIN, inject::Threads::kThis, {.first = 1});
  try {
    start_thread("the thread for signals", [] {}).join();
    FAIL() << "it has started";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EAGAIN);
    EXPECT_EQ(std::string(error.what()).find("cannot start the thread for signals"), 0U) << error.what();
  }
}

TEST_F(ProcessLimitTest, ExplainsNoOtherError) { EXPECT_EQ(process_limit_hint(ENOMEM), ""); }

}  // namespace
}  // namespace provider_host::platform
