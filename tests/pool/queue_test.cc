// Calls that wait, and calls that are no longer wanted.
#include <thread>

#include "pool/child_pool.h"
#include "pool/gate.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;

class QueueTest : public ChildPool {
 protected:
  // One call that a host has, and that ends when the gate is opened.
  Pending occupy(Pool& pool) {
    Pending pending = pool.submit(echo_call("gate"), settlings_.expect("gate"));
    log_.wait_for("got [\"gate\"]");
    return pending;
  }
  Gate gate_{script()};
  Settlings settlings_;
};

TEST_F(QueueTest, IsFirstInFirstOut) {
  Pool pool(options_for("gated"));
  occupy(pool);
  for (const char* name : {"1", "2", "3", "4"}) pool.submit(echo_call(name), settlings_.expect(name));
  EXPECT_EQ(pool.stats().queued, 4U);
  EXPECT_EQ(pool.stats().hosts.at(0).in_flight, 1);
  gate_.open();
  settlings_.wait_for(5);
  EXPECT_THAT(settlings_.order(), ElementsAre("gate", "1", "2", "3", "4"));
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(QueueTest, DoesNotLetABlockingCallOvertake) {
  Pool pool(options_for("gated"));
  occupy(pool);
  const Pending waiting = pool.submit(echo_call("waiting"), settlings_.expect("waiting"));
  std::thread opener([&] { gate_.open(); });
  EXPECT_EQ(pool.call(echo_call("last")).json(), "[\"last\"]");
  EXPECT_TRUE(waiting.done());
  opener.join();
}

TEST_F(QueueTest, LetsGoOfCancelledCallsAtOnce) {
  Pool pool(options_for("gated"));
  occupy(pool);
  const Pending first = pool.submit(echo_call("first"), settlings_.expect("first"));
  const Pending second = pool.submit(echo_call("second"), settlings_.expect("second"));
  EXPECT_TRUE(first.cancel());
  EXPECT_EQ(kind_of(first.get()), ErrorKind::kCancelled);
  EXPECT_EQ(first.get().host, 0);
  EXPECT_FALSE(first.cancel());
  EXPECT_EQ(pool.stats().queued, 1U);
  gate_.open();
  EXPECT_TRUE(second.get().ok());
  EXPECT_FALSE(log_.has("got [\"first\"]"));
  settlings_.wait_for(3);
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(QueueTest, RefusesCallsAboveItsLimit) {
  PoolOptions options = options_for("gated");
  options.max_queue = 2;
  Pool pool(std::move(options));
  const Pending running = occupy(pool);
  const Pending first = pool.submit(echo_call("1"));
  const Pending second = pool.submit(echo_call("2"));
  const Pending third = pool.submit(echo_call("3"), settlings_.expect("3"));
  ASSERT_TRUE(third.done());
  EXPECT_EQ(kind_of(third.get()), ErrorKind::kQueueFull);
  EXPECT_EQ(third.get().error().limit, 2U);
  EXPECT_EQ(kind_of(pool.call(echo_call("4"))), ErrorKind::kQueueFull);
  EXPECT_TRUE(settlings_.order() == std::vector<std::string>{"3"});

  first.cancel();
  EXPECT_EQ(kind_of(first.get()), ErrorKind::kCancelled);
  const Pending fifth = pool.submit(echo_call("5"));  // in the place of the cancelled one
  gate_.open();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(fifth.get().ok()) << fifth.get().error();
}

TEST_F(QueueTest, GivesARunningCallUpWhenItIsCancelled) {
  PoolOptions options = options_for("silent");
  options.interrupt_grace = 0.05;
  Pool pool(std::move(options));
  const Pending first = pool.submit(echo_call("first"), settlings_.expect("first"));
  log_.wait_for("got [\"first\"]");
  EXPECT_TRUE(first.cancel());
  EXPECT_EQ(kind_of(first.get()), ErrorKind::kCancelled);
  EXPECT_EQ(first.get().host, 1);

  const Pending second = pool.submit(echo_call("second"));
  log_.wait_for("got [\"second\"]");
  second.cancel();
  EXPECT_NE(second.get().pid, first.get().pid);
  pool.shutdown();
  EXPECT_FALSE(process_exists(first.get().pid));
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(QueueTest, LetsOtherCallsOfAHostEndWhenOneIsCancelled) {
  PoolOptions options = options_for("late_answers");
  options.concurrency = 2;
  Pool pool(std::move(options));
  const Pending stuck = pool.submit(echo_call("interrupt"));
  const Pending other = pool.submit(echo_call("other"));
  stuck.cancel();
  EXPECT_EQ(kind_of(stuck.get()), ErrorKind::kCancelled);
  pool.shutdown(0);
  EXPECT_TRUE(other.done());
}

}  // namespace
}  // namespace provider_host
