// Hosts that do not get ready.
#include <atomic>
#include <memory>
#include <stdexcept>

#include "helpers/open_descriptors.h"
#include "pool/integration/child_pool.h"
#include "pool/pool_core.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class StartTest : public ChildPool {
 protected:
  static Error start_error(PoolOptions options) {
    try {
      const Pool pool(std::move(options));
    } catch (const ImportFailed& failed) {
      return failed.error();
    }
    ADD_FAILURE() << "the pool was made";
    return {};
  }
};

TEST_F(StartTest, TellsAScriptThatDoesNotExist) {
  PoolOptions options = options_for("echo");
  options.script = "/no/such/script.py";
  const Error error = start_error(options);
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.type, "FileNotFoundError");
  EXPECT_THAT(error.message, HasSubstr("/no/such/script.py"));
  options.script = directory_.path();
  EXPECT_EQ(start_error(options).type, "IsADirectoryError");
}

TEST_F(StartTest, TellsAHostThatExitsWithItsStderr) {
  const Error error = start_error(options_for("exits_at_start"));
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.exit_code, 3);
  EXPECT_THAT(error.message, HasSubstr("exited with code 3 while importing script.py"));
  EXPECT_EQ(error.stderr_tail, "the last words of this host\n");
}

TEST_F(StartTest, NeedNotBeWaitedFor) {
  PoolOptions options = options_for("exits_at_start");
  options.wait_for_start = false;
  Pool failing(options);
  EXPECT_EQ(failing.call(Call::api_call("x")).error().kind, ErrorKind::kImportFailed);
  EXPECT_TRUE(failing.wait_for_start(60));
  EXPECT_EQ(failing.start_error()->exit_code, 3);
  EXPECT_FALSE(failing.start_report());

  options = options_for("never_ready");
  options.wait_for_start = false;
  Pool starting(options);
  EXPECT_FALSE(starting.wait_for_start(0.01));
  EXPECT_FALSE(starting.start_error());

  options = options_for("echo");
  options.wait_for_start = false;
  Pool pool(options);
  EXPECT_TRUE(pool.call(Call::api_call("x")).ok());
  EXPECT_TRUE(pool.wait_for_start(0));
  EXPECT_FALSE(pool.start_error());
  EXPECT_FALSE(pool.start_report()->python_version.empty());
}

TEST_F(StartTest, TellsAHostThatNeverGetsReady) {
  PoolOptions options = options_for("never_ready");
  options.start_timeout = 0.05;
  const Error error = start_error(std::move(options));
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.type, "TimeoutError");
  EXPECT_THAT(error.message, HasSubstr("did not end within 0.05 s (start_timeout)"));
}

TEST_F(StartTest, EndsWhenItIsInterrupted) {
  int asked = 0;
  try {
    const Pool pool(options_for("never_ready"), [&] { return ++asked == 2; });
    FAIL() << "it started";
  } catch (const ImportFailed& failed) {
    EXPECT_EQ(failed.error().kind, ErrorKind::kCancelled);
    EXPECT_THAT(failed.error().message, HasSubstr("interrupted while hosts imported script.py"));
  }
  EXPECT_EQ(asked, 2);
}

TEST_F(StartTest, TellsAHostOfAnotherVersion) {
  const Error error = start_error(options_for("wrong_version"));
  EXPECT_EQ(error.kind, ErrorKind::kImportFailed);
  EXPECT_EQ(error.type, "ProtocolError");
  EXPECT_THAT(error.message, HasSubstr("the host speaks protocol 1, the pool 3"));
}

TEST_F(StartTest, TellsAProgramThatIsNoHost) {
  PoolOptions options = options_for("echo");
  options.host_executable = "/bin/true";
  EXPECT_EQ(start_error(options).kind, ErrorKind::kImportFailed);
  options.host_executable = "/no/such/host";
  EXPECT_THAT(start_error(options).message, HasSubstr("/no/such/host"));
}

TEST_F(StartTest, LeavesNothingBehindWhenItFails) {
  start_error(options_for("exits_at_start"));
  const auto before = open_descriptors();
  PoolOptions options = options_for("never_ready");
  options.start_timeout = 0.01;
  options.workers = 3;
  start_error(std::move(options));
  start_error(options_for("exits_at_start"));
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(StartTest, IsDoneWithTheFirstHostThatIsReady) {
  PoolOptions options = options_for("second_never_ready");
  options.workers = 2;
  Pool pool(std::move(options));
  EXPECT_EQ(pool.call(echo_call("x")).json(), "[\"x\"]");
  pool.shutdown();  // and does not wait for the other one
}

TEST_F(StartTest, EndsWithOneErrorWhateverIsThrownWhileAHostIsMade) {
  int starts = 0;
  const auto core = std::make_shared<internal::PoolCore>(
      options_for("echo"), [&](const internal::HostProgram&, const std::string&) -> internal::SpawnedHost {
        ++starts;
        throw std::logic_error("injected \xFF");
      });
  try {
    core->start(nullptr);
    FAIL() << "it started";
  } catch (const ImportFailed& failed) {
    EXPECT_EQ(failed.error().message, "no host can be started: injected \xEF\xBF\xBD");
  }
  EXPECT_EQ(starts, 1);
}

TEST_F(StartTest, IsTriedAgainWithPausesWhenSomethingIsThrownAfterACrash) {
  std::atomic<int> starts = 0;
  const auto core = std::make_shared<internal::PoolCore>(
      options_for("segfaults_on_call"), [&](const internal::HostProgram& program, const std::string& script) {
        if (++starts > 1) throw std::logic_error("injected");
        return internal::spawn_host(program, script);
      });
  core->start(nullptr);
  EXPECT_EQ(kind_of(core->call({.call = echo_call("x")})), ErrorKind::kHostCrashed);
  const Outcome next = core->call({.call = echo_call("x")});
  ASSERT_EQ(kind_of(next), ErrorKind::kPoolUnavailable);
  EXPECT_THAT(next.error().message, HasSubstr("no host can be started: injected"));
  EXPECT_LE(starts, 1 + 3 + 1);  // the breaker opens after three; a trial may have begun
  EXPECT_FALSE(log_.has("internal error"));
}

TEST_F(StartTest, ThatFailsByAnExceptionOfAnyTypeLeavesTheBreakerAWayBack) {
  std::atomic<int> starts = 0;
  std::atomic<bool> fails = true;
  const auto core = std::make_shared<internal::PoolCore>(
      options_for("segfaults_on_call"), [&](const internal::HostProgram& program, const std::string& script) {
        if (++starts > 1 && fails) throw starts.load();
        return internal::spawn_host(program, script);
      });
  core->start(nullptr);
  EXPECT_EQ(kind_of(core->call({.call = echo_call("x")})), ErrorKind::kHostCrashed);
  const Outcome next = core->call({.call = echo_call("x")});
  ASSERT_EQ(kind_of(next), ErrorKind::kPoolUnavailable);
  EXPECT_THAT(next.error().message, HasSubstr("an exception that is no std::exception"));
  const int failed = starts;
  fails = false;
  while (!core->call({.call = echo_call("x")})) std::this_thread::yield();
  EXPECT_GT(starts, failed);
}

TEST_F(StartTest, ThatFailsAtFirstByAnExceptionOfAnyTypeIsTold) {
  const auto core = std::make_shared<internal::PoolCore>(
      options_for("echo"), [](const internal::HostProgram&, const std::string&) -> internal::SpawnedHost { throw 1; });
  EXPECT_THROW(core->start(nullptr), ImportFailed);
}

}  // namespace
}  // namespace provider_host
