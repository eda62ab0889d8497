#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Call limited(double timeout, double deadline, const std::string& text = "x") {
  Call call = echo_call(text);
  call.timeout = timeout;
  call.deadline = deadline;
  return call;
}

class DeadlinesTest : public EachConcurrency {
 protected:
  PoolOptions short_timeouts(const std::string& child) {
    PoolOptions options = options_for(child);
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;  // some children do not end by themselves
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Pool, DeadlinesTest, kEachConcurrency, concurrency_name);

TEST_P(DeadlinesTest, EndARunningCallAndReplaceItsHost) {
  Pool pool(short_timeouts("silent"));
  const Outcome first = pool.call(limited(0.05, 0));
  ASSERT_EQ(kind_of(first), ErrorKind::kTimeout);
  EXPECT_EQ(first.error().phase, "running");
  EXPECT_THAT(first.error().message, HasSubstr("f was still running when its timeout of 0.05 s passed"));
  const Pending second = pool.submit(limited(0.05, 0));
  ASSERT_EQ(kind_of(second.get()), ErrorKind::kTimeout);
  EXPECT_EQ(second.get().error().phase, "running");
  EXPECT_EQ(second.get().host, 1);
  EXPECT_NE(second.get().pid, first.pid);
  pool.shutdown();
  EXPECT_FALSE(process_exists(first.pid));
}

TEST_P(DeadlinesTest, HoldForAHostThatSaysOtherThingsWithoutEnd) {
  Pool pool(short_timeouts("responds_without_end"));
  ASSERT_TRUE(pool.call(echo_call("first")));
  EXPECT_EQ(kind_of(pool.call(limited(0.1, 0))), ErrorKind::kTimeout);
}

TEST_P(DeadlinesTest, ComeFromThePoolWhenACallHasNone) {
  PoolOptions options = short_timeouts("silent");
  options.timeout = 0.05;
  Pool pool(std::move(options));
  EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kTimeout);
}

TEST_P(DeadlinesTest, SayWhichOfThemPassed) {
  Pool pool(short_timeouts("silent"));
  EXPECT_THAT(pool.call(limited(100, 0.05)).error().message, HasSubstr("its deadline of 0.05 s"));
  EXPECT_THAT(pool.submit(limited(0.05, 100)).get().error().message, HasSubstr("its timeout of 0.05 s"));
}

TEST_P(DeadlinesTest, TellWhereTheCodeWas) {
  Pool one(short_timeouts("dumps_stacks"));
  Pool other(short_timeouts("dumps_stacks"));  // whose host is ready: else the deadline may pass before one is
  for (const Outcome& outcome : {one.call(limited(0.5, 0)), other.submit(limited(0, 0.5)).get()}) {
    ASSERT_EQ(kind_of(outcome), ErrorKind::kTimeout);
    EXPECT_THAT(outcome.error().message, HasSubstr("it was at provider.py:12 in call_api"));
    EXPECT_THAT(outcome.error().stack, HasSubstr("Current thread"));
    EXPECT_THAT(outcome.error().stack, testing::Not(HasSubstr("end of dump")));
  }
}

TEST_P(DeadlinesTest, EndAQueuedCallBeforeAHostHasIt) {
  Pool pool(short_timeouts("silent"));
  std::vector<Pending> running;
  for (int i = 0; i < GetParam(); ++i) {
    const std::string name = "running " + std::to_string(i);
    running.push_back(pool.submit(echo_call(name)));
    log_.wait_for("got [\"" + name + "\"]");
  }
  Settlings settlings;
  const Pending queued = pool.submit(limited(0, 0.05, "queued"), settlings.expect("queued"));
  ASSERT_EQ(kind_of(queued.get()), ErrorKind::kTimeout);
  EXPECT_EQ(queued.get().error().phase, "queued");
  EXPECT_EQ(queued.get().host, 0);
  for (const Pending& call : running) EXPECT_FALSE(call.done());
  EXPECT_EQ(pool.stats().queued, 0U);
  pool.shutdown(0);
  EXPECT_TRUE(settlings.each_once());
}

TEST_P(DeadlinesTest, HoldForACallThatWasPutBack) {
  std::string phase;
  for (double limit = 1; phase != "queued" && limit <= 16; limit *= 2) {  // a busy machine ends the host later
    std::filesystem::remove(script().string() + ".marker");
    Pool pool(options_for("undelivered_then_never_ready"));
    const Outcome outcome = pool.call(limited(0, limit));
    ASSERT_EQ(kind_of(outcome), ErrorKind::kTimeout);
    phase = outcome.error().phase;
    pool.shutdown(0);
  }
  EXPECT_EQ(phase, "queued");
}

TEST_P(DeadlinesTest, DoNotStartTheTimeoutWhileACallWaits) {
  PoolOptions options = short_timeouts("silent");
  Pool pool(std::move(options));
  std::vector<Pending> running;
  for (int i = 0; i < GetParam(); ++i) running.push_back(pool.submit(limited(0.3, 0, "running")));
  const Pending queued = pool.submit(limited(0.05, 0, "queued"));
  for (const Pending& call : running) EXPECT_EQ(kind_of(call.get()), ErrorKind::kTimeout);
  EXPECT_EQ(kind_of(queued.get()), ErrorKind::kTimeout);
  EXPECT_EQ(queued.get().error().phase, "running");
  EXPECT_NE(queued.get().pid, running[0].get().pid);
}

TEST_P(DeadlinesTest, DropAResponseThatComesTooLate) {
  Pool pool(options_for("late_responses"));
  for (const bool submitted : {false, true}) {
    const Call late = limited(0.05, 0, "cancel");
    const Outcome outcome = submitted ? pool.submit(late).get() : pool.call(late);
    EXPECT_EQ(kind_of(outcome), ErrorKind::kTimeout);
    const Outcome next = pool.call(echo_call("next"));
    ASSERT_TRUE(next) << next.error();
    EXPECT_EQ(next.json(), "[\"next\"]");
  }
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_P(DeadlinesTest, TakeAResponseThatComesWhileTheStackIsFetched) {
  Pool pool(options_for("late_responses"));
  for (const bool submitted : {false, true}) {
    const Call late = limited(0.05, 0, "dump");
    const Outcome outcome = submitted ? pool.submit(late).get() : pool.call(late);
    EXPECT_TRUE(outcome.ok() || outcome.error().kind == ErrorKind::kTimeout) << outcome.error();
  }
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_P(DeadlinesTest, AreNoneWhenZeroAndMayBeHuge) {
  Pool pool(options_for("echo"));
  EXPECT_TRUE(pool.call(limited(0, 0)).ok());
  EXPECT_TRUE(pool.call(limited(1e300, 1e300)).ok());
  EXPECT_TRUE(pool.submit(limited(1e300, 1e300)).get().ok());
}

// The host is asked where its code is, and dies without having read the call: no code ran, another host gets it.
TEST_P(DeadlinesTest, HoldForACallThatIsPutBackWhileItsHostIsAskedForItsStacks) {
  Pool pool(short_timeouts("undelivered_at_dump"));
  const int first_pid = pool.stats().hosts.at(0).pid;
  const Pending pending = pool.submit(limited(0.05, 0));
  ASSERT_EQ(kind_of(pending.get()), ErrorKind::kTimeout);
  EXPECT_EQ(pending.get().error().phase, "running");
  EXPECT_NE(pending.get().pid, first_pid);
}

// The call goes to the other host in the turn of the reactor thread in which it was submitted.
TEST_P(DeadlinesTest, HoldForACallThatACallbackSubmits) {
  PoolOptions options = short_timeouts("silent");
  options.workers = 2;
  Settlings settlings;
  Pool pool(std::move(options));
  wait_until_all_are_ready(pool);
  Pending second;
  const Pending first = pool.submit(echo_call("first"), [&](const Outcome&) {
    second = pool.submit(limited(0, 0.05, "second"), settlings.expect("second"));
  });
  log_.wait_for("got [\"first\"]");
  first.cancel();
  settlings.wait_for(1);
  EXPECT_EQ(kind_of(second.get()), ErrorKind::kTimeout);
}

TEST_P(DeadlinesTest, HoldForEveryCallOfABurst) {
  PoolOptions options = short_timeouts("silent");
  options.concurrency = GetParam() * 500;
  Pool pool(std::move(options));
  std::vector<Pending> pending;
  for (int i = 0; i < 500; ++i) pending.push_back(pool.submit(limited(0, 0.2)));
  for (const Pending& call : pending) EXPECT_EQ(kind_of(call.get()), ErrorKind::kTimeout);
}

class DeadlinesOfSeveralTest : public SeveralInFlight {};

TEST_F(DeadlinesOfSeveralTest, EndOneCallOnlyWhenItsTimeIsUp) {
  const Gate gate(script());
  PoolOptions options = options_for("scripted");
  options.interrupt_grace = 60;  // until the gate is open, on the slowest machine
  Pool pool(std::move(options));
  std::vector<Pending> calls = submit_all(pool, {"gate", "a", "b"});  // before the time of the late one begins
  calls.insert(calls.begin() + 2, pool.submit(limited(0.05, 0, "late"), settlings_.expect("late")));
  ASSERT_EQ(kind_of(calls[2].get()), ErrorKind::kTimeout);
  EXPECT_THAT(calls[2].get().error().message, HasSubstr("its timeout of 0.05 s"));
  const int old_pid = calls[2].get().pid;
  const Outcome next = pool.call(echo_call("next"));  // nobody waits for the others
  expect_echo(next, "next");
  EXPECT_NE(next.pid, old_pid);
  for (const std::size_t i : {0U, 1U, 3U}) EXPECT_FALSE(calls[i].done());
  gate.open();
  expect_echo(calls[0].get(), "gate");
  expect_echo(calls[1].get(), "a");
  expect_echo(calls[3].get(), "b");
  for (const Pending& call : calls) EXPECT_EQ(call.get().pid, old_pid);
  wait_until_dead(next.pid);  // it stood in for the old one, whose code has ended
  EXPECT_EQ(pool.stats().restarts, 0U);
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(DeadlinesOfSeveralTest, EndEachCallAtItsOwnTime) {
  // On a busy machine it takes larger limits until one host has all of them before the first is late.
  for (double unit = 0.125;; unit *= 2) {
    Pool pool(options_for("silent"));
    std::vector<Pending> calls;
    calls.push_back(pool.submit(limited(4 * unit, 0)));
    calls.push_back(pool.submit(limited(0, 3 * unit)));
    calls.push_back(pool.submit(limited(2 * unit, 0)));
    calls.push_back(pool.submit(limited(unit, 0)));
    const auto is_beside_the_first = [&calls](const Pending& call) { return call.get().pid == calls[0].get().pid; };
    if (!std::ranges::all_of(calls, is_beside_the_first) && unit < 4) continue;
    for (const Pending& call : calls) {
      ASSERT_EQ(kind_of(call.get()), ErrorKind::kTimeout);
      EXPECT_EQ(call.get().error().phase, "running");
      EXPECT_EQ(call.get().pid, calls[0].get().pid);
    }
    EXPECT_THAT(calls[0].get().error().message, HasSubstr("its timeout of " + in_seconds(4 * unit)));
    EXPECT_THAT(calls[1].get().error().message, HasSubstr("its deadline of " + in_seconds(3 * unit)));
    EXPECT_THAT(calls[2].get().error().message, HasSubstr("its timeout of " + in_seconds(2 * unit)));
    EXPECT_THAT(calls[3].get().error().message, HasSubstr("its timeout of " + in_seconds(unit)));
    return wait_until_dead(calls[0].get().pid);
  }
}

// Some of their times are up while the stacks come in for the others.
TEST_F(DeadlinesOfSeveralTest, TellEachCallWhereTheCodeWas) {
  PoolOptions options = options_for("dumps_stacks");
  options.concurrency = 50;
  Pool pool(std::move(options));
  std::vector<Pending> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(pool.submit(limited(0.05 + i * 0.0001, 0)));
  for (const Pending& call : calls) {
    ASSERT_EQ(kind_of(call.get()), ErrorKind::kTimeout);
    EXPECT_THAT(call.get().error().message, HasSubstr("it was at provider.py:12 in call_api"));
    EXPECT_THAT(call.get().error().stack, StartsWith("Current thread"));
  }
}

TEST_F(DeadlinesOfSeveralTest, LeaveTheOthersToTheFateOfTheHost) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto others = submit_all(pool, {"gate die", "a", "b"});
  const Pending late = pool.submit(limited(0.05, 0, "late"), settlings_.expect("late"));
  ASSERT_EQ(kind_of(late.get()), ErrorKind::kTimeout);
  gate.open();
  for (const Pending& call : others) {
    EXPECT_EQ(kind_of(call.get()), ErrorKind::kHostCrashed);
    EXPECT_EQ(call.get().pid, late.get().pid);
  }
  expect_echo(pool.call(echo_call("next")), "next");
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
}

}  // namespace
}  // namespace provider_host
