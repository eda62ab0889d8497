#include "process/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include "helpers/open_descriptors.h"
#include "helpers/platform.h"
#include "platform/ignored_signals.h"
#include "platform/pipes.h"
#include "platform/signal_names.h"

namespace provider_host::process {
namespace {

SpawnRequest shell(const std::string& script, int stdout_fd = -1) {
  SpawnRequest request;
  request.executable = "/bin/sh";
  request.argv = {"sh", "-c", script};
  request.stdout_fd = stdout_fd;
  return request;
}

ExitStatus wait_for_end(Child& child) {
  pollfd ended{child.exit_fd(), POLLIN, 0};
  ::poll(&ended, 1, -1);
  const auto status = child.try_reap();
  EXPECT_TRUE(status.has_value());
  return status.value_or(ExitStatus{});
}

// Everything up to the end of the pipe, which comes when every writer is gone.
std::string read_all(const Fd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    pollfd readable{fd.get(), POLLIN, 0};
    ::poll(&readable, 1, -1);
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string output_of(const std::string& script) {
  platform::Ends pipe = platform::make_output_pipe();
  Child child = Child::spawn(shell(script, pipe.theirs.get()));
  pipe.theirs.reset();
  std::string text = read_all(pipe.ours);
  wait_for_end(child);
  return text;
}

TEST(Child, TellsItsExitCode) {
  Child child = Child::spawn(shell("exit 42"));
  const ExitStatus status = wait_for_end(child);
  EXPECT_EQ(status.exit_code, 42);
  EXPECT_EQ(status.signal, std::nullopt);
  EXPECT_EQ(describe(status), "exited with code 42");
}

TEST(Child, TellsTheSignalThatEndedIt) {
  Child child = Child::spawn(shell("kill -SEGV $$"));
  const ExitStatus status = wait_for_end(child);
  EXPECT_EQ(status.signal, SIGSEGV);
  EXPECT_EQ(status.exit_code, std::nullopt);
  EXPECT_EQ(describe(status), "was killed by SIGSEGV (Segmentation fault)");
}

TEST(Child, IsNotReapedWhileItLives) {
  Child child = Child::spawn(shell("kill -STOP $$"));
  EXPECT_FALSE(child.try_reap().has_value());
  child.signal_group(SIGKILL);
  EXPECT_EQ(wait_for_end(child).signal, SIGKILL);
}

TEST(Child, MayBeReapedAgainWithoutHarm) {
  Child child = Child::spawn(shell("exit 1"));
  wait_for_end(child);
  const auto again = child.try_reap();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->exit_code, std::nullopt);
  child.signal_group(SIGKILL);  // goes nowhere
}

TEST(Child, SaysThatItsStatusWasTakenByOthers) {
  Child child = Child::spawn(shell("exit 1"));
  ASSERT_EQ(::waitpid(child.pid(), nullptr, 0), child.pid());
  const auto status = child.try_reap();
  ASSERT_TRUE(status.has_value());
  EXPECT_THAT(describe(*status), testing::HasSubstr("taken by other code"));
}

// While SIGCHLD is ignored, one way or the other, the kernel reaps the children of this process.
class ChildNobodyReaps : public testing::TestWithParam<int> {
 protected:
  ChildNobodyReaps() {
    struct sigaction ignore {};
    ignore.sa_handler = GetParam() == 0 ? SIG_IGN : SIG_DFL;
    ignore.sa_flags = GetParam();
    ::sigaction(SIGCHLD, &ignore, &before_);
  }
  ~ChildNobodyReaps() override { ::sigaction(SIGCHLD, &before_, nullptr); }
  struct sigaction before_ {};
};
INSTANTIATE_TEST_SUITE_P(Signal, ChildNobodyReaps, testing::Values(0, SA_NOCLDWAIT));

TEST_P(ChildNobodyReaps, HasEndedInAWayThatIsNotKnown) {
  Child child = Child::spawn(shell("exit 1"));
  const ExitStatus status = wait_for_end(child);
  EXPECT_TRUE(status.unknown);
  EXPECT_THAT(describe(status), testing::HasSubstr("ignores SIGCHLD"));
}

TEST_P(ChildNobodyReaps, TakesWhatItLeavesBehindWithIt) {
  platform::Ends left = platform::make_output_pipe();
  Child child = Child::spawn(shell("sleep 1000 & exit 0", left.theirs.get()));
  left.theirs.reset();
  wait_for_end(child);
  pollfd end{left.ours.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 30'000), 1) << "the sleeping grandchild lives on";
}

TEST_P(ChildNobodyReaps, IsKilledByItsOwner) {
  pid_t pid = 0;
  {
    const Child child = Child::spawn(shell("sleep 1000"));
    pid = child.pid();
  }
  while (::kill(pid, 0) == 0) std::this_thread::yield();  // the kernel reaps it just after its end
}

TEST(Child, IsLeftAloneByAForkedChild) {
  auto child = std::make_unique<Child>(Child::spawn(shell("sleep 1000")));
  const pid_t fork = ::fork();
  if (fork == 0) {
    child.reset();
    ::_exit(0);
  }
  ::waitpid(fork, nullptr, 0);
  EXPECT_FALSE(child->try_reap().has_value());
}

TEST(Child, ThrowsWhenTheExecutableIsMissing) {
  const auto before = open_descriptors();
  try {
    Child::spawn({.executable = "/no/such/program",
                  .argv = {"program"},
                  .inherited_fds = {},
                  .environment = {},
                  .working_directory = {}});
    FAIL() << "it was started";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_THAT(error.what(), testing::HasSubstr("/no/such/program"));
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  EXPECT_EQ(errno, ECHILD);
}

TEST(Child, ThrowsWhenTheFileIsNotExecutable) {
  EXPECT_THROW(Child::spawn({.executable = "/etc/passwd",
                             .argv = {"passwd"},
                             .inherited_fds = {},
                             .environment = {},
                             .working_directory = {}}),
               std::system_error);
}

TEST(Child, LeadsAGroupOfItsOwn) {
  EXPECT_EQ(output_of("read pid name state parent group rest < /proc/$$/stat; [ $pid = $group ] && echo yes"), "yes\n");
}

// Descriptors that this process was itself given without close-on-exec; every child has them.
std::set<std::string> inheritable_descriptors() {
  std::set<std::string> names = {"0", "1", "2"};
  for (const std::string& name : open_descriptors()) {
    if ((::fcntl(std::stoi(name), F_GETFD) & FD_CLOEXEC) == 0) names.insert(name);
  }
  return names;
}

TEST(Child, GetsNoDescriptorButThoseItWasGiven) {
  const Fd inherited(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd secret(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  platform::Ends pipe = platform::make_output_pipe();
  const platform::Ends sockets = platform::make_socketpair();
  SpawnRequest request = shell("ls /proc/$$/fd", pipe.theirs.get());
  request.inherited_fds = {inherited.get()};
  std::set<std::string> expected = inheritable_descriptors();
  expected.insert(std::to_string(inherited.get()));
  Child child = Child::spawn(request);
  pipe.theirs.reset();
  std::istringstream listing(read_all(pipe.ours));
  std::set<std::string> seen;
  for (std::string name; listing >> name;) seen.insert(name);
  EXPECT_EQ(seen, expected);
  EXPECT_NE(::fcntl(inherited.get(), F_GETFD) & FD_CLOEXEC, 0) << "the parent's own descriptor was changed";
  wait_for_end(child);
}

TEST(Child, HasDevNullWhereNothingWasGiven) {
  EXPECT_EQ(output_of("readlink /proc/$$/fd/0; readlink /proc/$$/fd/2"), "/dev/null\n/dev/null\n");
}

// As `python` would, started by the same process.
TEST(Child, LeavesIgnoredWhatIsNotMeantForTheBackground) {
  auto* const interrupt = ::signal(SIGINT, SIG_IGN);
  auto* const usr1 = ::signal(SIGUSR1, SIG_IGN);
  const std::string ignored = output_of(
      "while read name mask; do case $name in SigIgn:) echo $mask;; esac; done "
      "</proc/self/status");
  ::signal(SIGINT, interrupt);
  ::signal(SIGUSR1, usr1);
  const auto mask = std::stoull(ignored, nullptr, 16);
  EXPECT_NE(mask & (1ULL << (SIGINT - 1)), 0U);
  EXPECT_EQ(mask & (1ULL << (SIGUSR1 - 1)), 0U);
}

TEST(Child, NamesAWorkingDirectoryThatIsNotThere) {
  SpawnRequest request = shell("true");
  request.working_directory = "/no/such/directory";
  try {
    Child::spawn(request);
    FAIL() << "it has started";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("the working directory /no/such/directory"));
  }
}

TEST(Child, BlocksAndIgnoresNoSignals) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  for (const int signal : platform::kLeftIgnored) ::signal(signal, SIG_DFL);
  auto* const handler = ::signal(SIGPIPE, SIG_IGN);
  // Built-in commands only: a shell blocks signals while it waits for others.
  const std::string masks =
      output_of("while read key value; do case $key in SigBlk:|SigIgn:) echo $value;; esac; done < /proc/$$/status");
  ::signal(SIGPIPE, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  constexpr unsigned long kInternalToGlibc = 0x180000000;  // 32 and 33, which no program can use
  EXPECT_EQ(std::stoul(masks.substr(0, 16), nullptr, 16), 0U) << masks;
  EXPECT_EQ(std::stoul(masks.substr(17), nullptr, 16) & ~kInternalToGlibc, 0U) << masks;
}

TEST(Child, TakesItsGrandchildrenAlongWhenItIsReaped) {
  platform::Ends pipe = platform::make_output_pipe();
  Child child = Child::spawn(shell("sleep 1000 & echo $!", pipe.theirs.get()));
  pipe.theirs.reset();
  wait_for_end(child);
  // The grandchild holds the pipe, so the end of the pipe means that it is gone.
  EXPECT_GT(std::stoi(read_all(pipe.ours)), 0);
}

TEST(Child, EndsWithItsOwner) {
  platform::Ends pipe = platform::make_output_pipe();
  {
    const Child child = Child::spawn(shell("trap '' TERM; sleep 1000 & sleep 1000", pipe.theirs.get()));
    pipe.theirs.reset();
  }
  EXPECT_EQ(read_all(pipe.ours), "");
}

TEST(Child, LeavesNoDescriptorAndNoProcessAfterManySpawns) {
  const auto before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    Child child = Child::spawn(shell("exit 0"));
    if (i % 2 == 0) wait_for_end(child);
  }
  while (open_descriptors() != before) ::usleep(1000);  // what watches a process may end a moment later
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(Child, OwnsItsProcessAlsoAfterAMove) {
  Child first = Child::spawn(shell("exit 5"));
  Child second = std::move(first);
  EXPECT_EQ(wait_for_end(second).exit_code, 5);
}

TEST(ExitStatus, NamesSignals) {
  EXPECT_EQ(platform::signal_name(SIGKILL), "SIGKILL");
  EXPECT_EQ(platform::signal_name(1234), "signal 1234");
}

TEST(ExitStatus, NamesSignalsOfRealTime) {
  NEEDS_LINUX("it has no such signals");
  EXPECT_EQ(platform::signal_name(SIGRTMIN), "SIGRTMIN+0");
  EXPECT_EQ(platform::signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
}

TEST(Child, GroupIsRunningWhileOthersOfItsGroupRun) {
  NEEDS_LINUX("which processes are in a group is not known");
  platform::Ends pipe = platform::make_output_pipe();
  Child child = Child::spawn(shell("(read line < /dev/null; exec sleep 3600) & echo $!", pipe.theirs.get()));
  pollfd ended{child.exit_fd(), POLLIN, 0};
  ::poll(&ended, 1, -1);
  EXPECT_TRUE(child.group_is_running());
  child.signal_group(SIGKILL);
  pipe.theirs.reset();
  read_all(pipe.ours);  // its end comes when all of them have closed it, just before they are gone
  while (child.group_is_running()) ::usleep(1000);
  wait_for_end(child);
  EXPECT_FALSE(child.group_is_running());
}

TEST(Child, TellsALimitOfProcessorTime) {
  NEEDS_LINUX("the limits of other processes are not known");
  Child soft = Child::spawn(shell("ulimit -St 1; while :; do :; done"));
  Child hard = Child::spawn(shell("ulimit -t 1; while :; do :; done"));
  Child none = Child::spawn(shell("ulimit -t 1000; kill -KILL $$"));
  EXPECT_EQ(wait_for_end(none).cpu_limit, 0U);
  const ExitStatus by_soft = wait_for_end(soft);
  EXPECT_EQ(by_soft.signal, SIGXCPU);
  EXPECT_EQ(by_soft.cpu_limit, 1U);
  EXPECT_EQ(wait_for_end(hard).cpu_limit, 1U);
}

}  // namespace
}  // namespace provider_host::process
