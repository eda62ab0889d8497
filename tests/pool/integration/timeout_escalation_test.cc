// What becomes of a host whose call timed out or was cancelled.
#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "helpers/gate.h"
#include "helpers/platform.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class TimeoutEscalationTest : public EachConcurrency {
 protected:
  // Nothing but the host itself ends its code.
  PoolOptions patient(const std::string& child) {
    PoolOptions options = options_for(child);
    options.interrupt_grace = 1000;
    return options;
  }
  Call hanging(double timeout) {
    Call call = echo_call("hang");
    call.timeout = timeout;
    return call;
  }
};
INSTANTIATE_TEST_SUITE_P(Pool, TimeoutEscalationTest, kEachConcurrency, concurrency_name);

TEST_P(TimeoutEscalationTest, KeepsAHostWhoseCodeEndsWhenItIsAsked) {
  Pool pool(patient("ends_when_cancelled"));
  const Outcome late = pool.call(hanging(0.05));
  ASSERT_EQ(kind_of(late), ErrorKind::kTimeout);
  EXPECT_THAT(late.error().message, HasSubstr("was told to stop it"));
  EXPECT_GE(late.error().ran_s.value_or(0), 0.05);
  EXPECT_GE(late.error().queued_s.value_or(-1), 0);
  for (int i = 0; i < 3; ++i) {
    const Outcome next = pool.call(echo_call("next"));  // no other host ever gets ready
    expect_echo(next, "next");
    EXPECT_EQ(next.pid, late.pid);
  }
}

TEST_P(TimeoutEscalationTest, KeepsItAfterACancellationToo) {
  Pool pool(patient("ends_when_cancelled"));
  const Pending running = pool.submit(hanging(0));
  log_.wait_for("hangs");
  EXPECT_TRUE(running.cancel());
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kCancelled);
  const Outcome next = pool.call(echo_call("next"));
  expect_echo(next, "next");
  EXPECT_EQ(next.pid, running.get().pid);
}

TEST_P(TimeoutEscalationTest, CancelsABlockingCallOnceItsCallerIsInterrupted) {
  Pool pool(patient("ends_when_cancelled"));
  int asked = 0;
  const Outcome interrupted = pool.call(echo_call("hang"), [&] { return ++asked == 2; });
  EXPECT_EQ(kind_of(interrupted), ErrorKind::kCancelled);
  EXPECT_EQ(asked, 2);
  const Outcome next = pool.call(echo_call("next"), [] { return false; });
  expect_echo(next, "next");
  EXPECT_EQ(next.pid, interrupted.pid);
}

TEST_P(TimeoutEscalationTest, AsksWhetherItsCallerIsInterruptedWhenASignalHandlerHasRun) {
  Pool pool(options_for("ends_when_cancelled"));
  static std::atomic<bool> signalled;
  signalled = false;
  std::signal(SIGUSR1, [](int) { signalled = true; });
  std::thread signaller([this, caller = ::pthread_self()] {
    log_.wait_for("hangs");
    ::pthread_kill(caller, SIGUSR1);
  });
  EXPECT_EQ(kind_of(pool.call(echo_call("hang"), [] { return signalled.load(); })), ErrorKind::kCancelled);
  signaller.join();
  std::signal(SIGUSR1, SIG_DFL);
}

TEST_P(TimeoutEscalationTest, GivesAHostItsWorkerBackWhenItIsInterruptedBeforeItsReplacementIsReady) {
  const Gate gate(script());
  Pool pool(patient("ends_when_cancelled"));
  const Pending running = pool.submit(hanging(0.05));
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kTimeout);
  const Pending next = pool.submit(echo_call("next"));
  log_.wait_for("the replacement has begun");
  gate.open();
  expect_echo(next.get(), "next");
  EXPECT_EQ(next.get().pid, running.get().pid);
  EXPECT_EQ(pool.stats().hosts.at(0).pid, running.get().pid);
}

TEST_P(TimeoutEscalationTest, LeavesThePlaceToAReplacementThatIsReady) {
  PoolOptions options = options_for("silent");
  options.interrupt_grace = 1000;
  options.stop_grace = 0.05;
  Pool pool(std::move(options));
  const Outcome first = pool.call(hanging(0.05));
  EXPECT_EQ(kind_of(first), ErrorKind::kTimeout);
  const Outcome second = pool.call(hanging(0.05));  // waits for no grace
  EXPECT_EQ(kind_of(second), ErrorKind::kTimeout);
  EXPECT_NE(second.pid, first.pid);
  pool.shutdown(0);
  EXPECT_FALSE(process_exists(first.pid));
}

TEST_P(TimeoutEscalationTest, KillsAHostWhoseCodeDoesNotEnd) {
  PoolOptions options = options_for("silent");
  options.interrupt_grace = 0.05;
  Pool pool(std::move(options));
  const Outcome outcome = pool.call(hanging(0.05));
  ASSERT_EQ(kind_of(outcome), ErrorKind::kTimeout);
  EXPECT_EQ(outcome.error().stack, "") << "it sleeps, and does not say where";
  wait_until_dead(outcome.pid);
  EXPECT_EQ(pool.stats().restarts_by_cause.at("unresponsive"), 1U);
}

// It is busy, or gets no processor: its stacks come later.
TEST_P(TimeoutEscalationTest, WaitsForTheStacksOfAHostThatWantsToRun) {
  NEEDS_LINUX("whether a process wants to run is not known");
  PoolOptions options = options_for("dumps_stacks_late");
  options.interrupt_grace = 0.05;
  options.stop_grace = 0.05;
  Pool pool(std::move(options));
  const Outcome late = pool.call(hanging(0.05));
  ASSERT_EQ(kind_of(late), ErrorKind::kTimeout);
  EXPECT_THAT(late.error().message, HasSubstr("it was at provider.py:12 in call_api"));
}

TEST_P(TimeoutEscalationTest, RespondsToTheCallerOfAStoppedHostWithoutWaitingForItsStacks) {
  PoolOptions options = options_for("silent");
  options.interrupt_grace = 0.05;
  Pool pool(std::move(options));
  const int pid = pool.stats().hosts.at(0).pid;
  const Pending running = pool.submit(hanging(0.3));
  log_.wait_for("got [\"hang\"]");
  ::kill(pid, SIGSTOP);
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kTimeout);
  EXPECT_EQ(running.get().error().stack, "");
  wait_until_dead(pid);
}

}  // namespace
}  // namespace provider_host
