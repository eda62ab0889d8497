#include "pool/child_pool.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class DeadlinesTest : public ChildPool {
 protected:
  PoolOptions impatient(const std::string& child) {
    PoolOptions options = options_for(child);
    options.interrupt_grace = 0.05;
    return options;
  }
  static Call limited(double timeout, double deadline, const std::string& text = "x") {
    Call call = echo_call(text);
    call.timeout = timeout;
    call.deadline = deadline;
    return call;
  }
};

TEST_F(DeadlinesTest, EndARunningCallAndReplaceItsHost) {
  Pool pool(impatient("silent"));
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

TEST_F(DeadlinesTest, ComeFromThePoolWhenACallHasNone) {
  PoolOptions options = impatient("silent");
  options.timeout = 0.05;
  Pool pool(std::move(options));
  EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kTimeout);
}

TEST_F(DeadlinesTest, SayWhichOfThemPassed) {
  Pool pool(impatient("silent"));
  EXPECT_THAT(pool.call(limited(100, 0.05)).error().message, HasSubstr("its deadline of 0.05 s"));
  EXPECT_THAT(pool.submit(limited(0.05, 100)).get().error().message, HasSubstr("its timeout of 0.05 s"));
}

TEST_F(DeadlinesTest, TellWhereTheCodeWas) {
  Pool pool(impatient("dumps_stacks"));
  for (const Outcome& outcome : {pool.call(limited(0.05, 0)), pool.submit(limited(0, 0.2)).get()}) {
    ASSERT_EQ(kind_of(outcome), ErrorKind::kTimeout);
    EXPECT_THAT(outcome.error().message, HasSubstr("it was at provider.py:12 in call_api"));
    EXPECT_THAT(outcome.error().stack, HasSubstr("Current thread"));
    EXPECT_THAT(outcome.error().stack, testing::Not(HasSubstr("end of dump")));
  }
}

TEST_F(DeadlinesTest, EndAQueuedCallBeforeAHostHasIt) {
  Pool pool(impatient("silent"));
  const Pending running = pool.submit(echo_call("running"));
  log_.wait_for("got [\"running\"]");
  Settlings settlings;
  const Pending queued = pool.submit(limited(0, 0.05, "queued"), settlings.expect("queued"));
  ASSERT_EQ(kind_of(queued.get()), ErrorKind::kTimeout);
  EXPECT_EQ(queued.get().error().phase, "queued");
  EXPECT_EQ(queued.get().host, 0);
  EXPECT_FALSE(running.done());
  EXPECT_EQ(pool.stats().queued, 0U);
  pool.shutdown(0);
  EXPECT_TRUE(settlings.each_once());
}

TEST_F(DeadlinesTest, HoldForACallThatWasPutBack) {
  Pool pool(options_for("unread_then_never_ready"));
  const Outcome outcome = pool.call(limited(0, 1));
  ASSERT_EQ(kind_of(outcome), ErrorKind::kTimeout);
  EXPECT_EQ(outcome.error().phase, "queued");
  pool.shutdown(0);
}

TEST_F(DeadlinesTest, DoNotStartTheTimeoutWhileACallWaits) {
  PoolOptions options = impatient("silent");
  Pool pool(std::move(options));
  const Pending running = pool.submit(limited(0.3, 0, "running"));
  const Pending queued = pool.submit(limited(0.05, 0, "queued"));
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kTimeout);
  EXPECT_EQ(kind_of(queued.get()), ErrorKind::kTimeout);
  EXPECT_EQ(queued.get().error().phase, "running");
  EXPECT_NE(queued.get().pid, running.get().pid);
}

TEST_F(DeadlinesTest, DropAnAnswerThatComesTooLate) {
  Pool pool(options_for("late_answers"));
  for (const bool submitted : {false, true}) {
    const Call late = limited(0.05, 0, "interrupt");
    const Outcome outcome = submitted ? pool.submit(late).get() : pool.call(late);
    EXPECT_EQ(kind_of(outcome), ErrorKind::kTimeout);
    const Outcome next = pool.call(echo_call("next"));
    ASSERT_TRUE(next) << next.error();
    EXPECT_EQ(next.json(), "[\"next\"]");
    EXPECT_NE(next.pid, outcome.pid);
  }
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(DeadlinesTest, TakeAnAnswerThatComesWhileTheStackIsFetched) {
  Pool pool(options_for("late_answers"));
  for (const bool submitted : {false, true}) {
    const Call late = limited(0.05, 0, "dump");
    const Outcome outcome = submitted ? pool.submit(late).get() : pool.call(late);
    EXPECT_TRUE(outcome.ok() || outcome.error().kind == ErrorKind::kTimeout) << outcome.error();
  }
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(DeadlinesTest, AreNoneWhenZeroAndMayBeHuge) {
  Pool pool(options_for("echo"));
  EXPECT_TRUE(pool.call(limited(0, 0)).ok());
  EXPECT_TRUE(pool.call(limited(1e300, 1e300)).ok());
  EXPECT_TRUE(pool.submit(limited(1e300, 1e300)).get().ok());
}

}  // namespace
}  // namespace provider_host
