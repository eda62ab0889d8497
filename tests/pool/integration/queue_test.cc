// Calls that wait, and calls that are no longer wanted.
#include <thread>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;

class QueueTest : public EachConcurrency {
 protected:
  // Gives the host as many calls as it may have; the first ends when the gate is opened, the others after it.
  Pending occupy(Pool& pool) {
    Pending pending = pool.submit(echo_call("gate"), settlings_.expect("gate"));
    for (int i = 1; i < GetParam(); ++i) pool.submit(echo_call("other"));
    log_.wait_for("holds " + std::to_string(GetParam()) + " calls");
    return pending;
  }
  Gate gate_{script()};
};
INSTANTIATE_TEST_SUITE_P(Pool, QueueTest, kEachConcurrency, concurrency_name);

TEST_P(QueueTest, IsFirstInFirstOut) {
  Pool pool(options_for("scripted"));
  occupy(pool);
  submit_all(pool, {"1", "2", "3", "4"});
  EXPECT_EQ(pool.stats().queued, 4U);
  EXPECT_EQ(pool.stats().hosts.at(0).in_flight, GetParam());
  gate_.open();
  settlings_.wait_for(5);
  EXPECT_THAT(settlings_.order(), ElementsAre("gate", "1", "2", "3", "4"));
  EXPECT_TRUE(settlings_.each_once());
}

TEST_P(QueueTest, DoesNotLetABlockingCallOvertake) {
  Pool pool(options_for("scripted"));
  occupy(pool);
  const Pending waiting = pool.submit(echo_call("waiting"), settlings_.expect("waiting"));
  std::thread opener([&] { gate_.open(); });
  EXPECT_EQ(pool.call(echo_call("last")).json(), "[\"last\"]");
  EXPECT_TRUE(waiting.done());
  opener.join();
}

TEST_P(QueueTest, LetsGoOfCancelledCallsAtOnce) {
  Pool pool(options_for("scripted"));
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

TEST_P(QueueTest, RefusesCallsAboveItsLimit) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 5;
  Pool pool(std::move(options));
  const Pending running = occupy(pool);
  const auto waiting = submit_all(pool, {"1", "2", "3", "4", "5"});
  const Pending sixth = pool.submit(echo_call("6"), settlings_.expect("6"));
  ASSERT_TRUE(sixth.done());
  EXPECT_EQ(kind_of(sixth.get()), ErrorKind::kQueueFull);
  EXPECT_EQ(sixth.get().error().limit, 5U);
  EXPECT_EQ(kind_of(pool.call(echo_call("7"))), ErrorKind::kQueueFull);
  settlings_.wait_for(1);
  EXPECT_TRUE(settlings_.order() == std::vector<std::string>{"6"});

  waiting[0].cancel();
  EXPECT_EQ(kind_of(waiting[0].get()), ErrorKind::kCancelled);
  const Pending eighth = pool.submit(echo_call("8"));  // in the place of the cancelled one
  gate_.open();
  EXPECT_TRUE(running.get().ok());
  for (std::size_t i = 1; i < waiting.size(); ++i) expect_echo(waiting[i].get(), std::to_string(i + 1));
  EXPECT_TRUE(eighth.get().ok()) << eighth.get().error();
}

TEST_P(QueueTest, LetsACallerWaitForCapacityWhenItIsToldTo) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 2;
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  occupy(pool);
  submit_all(pool, {"1", "2"});
  std::thread opener([&] { gate_.open(); });
  const Pending third = pool.submit(echo_call("3"), settlings_.expect("3"));
  opener.join();
  expect_echo(third.get(), "3");
  settlings_.wait_for(4);
  EXPECT_TRUE(settlings_.each_once());
}

TEST_P(QueueTest, LetsACallerWaitForCapacityNoLongerThanItWasTold) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 1;
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  occupy(pool);
  submit_all(pool, {"1"});
  Call patient = echo_call("2");
  patient.queue_wait = 0.05;
  EXPECT_EQ(kind_of(pool.submit(patient).get()), ErrorKind::kQueueFull);
  patient.queue_wait = 1000;
  patient.deadline = 0.05;
  const Outcome late = pool.call(patient);
  ASSERT_EQ(kind_of(late), ErrorKind::kTimeout);
  EXPECT_EQ(late.error().phase, "queued");
  patient.queue_wait = -1;
  EXPECT_EQ(kind_of(pool.call(patient)), ErrorKind::kInvalidRequest);
  gate_.open();
}

TEST_P(QueueTest, LetsNoCallerWaitForCapacityBeyondTheEnd) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 1;
  options.queue_wait = 1000;
  options.interrupt_grace = 0.05;
  Pool pool(std::move(options));
  occupy(pool);
  submit_all(pool, {"1"});
  std::thread caller([&] { EXPECT_EQ(kind_of(pool.call(echo_call("2"))), ErrorKind::kShuttingDown); });
  pool.shutdown(0);
  caller.join();
}

TEST_P(QueueTest, EndsAWaitForCapacityThatIsInterrupted) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 1;
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  occupy(pool);
  submit_all(pool, {"1"});
  int asked = 0;
  EXPECT_EQ(kind_of(pool.call(echo_call("2"), [&] { return ++asked == 2; })), ErrorKind::kCancelled);
  EXPECT_EQ(asked, 2);
  EXPECT_THROW(pool.inspect([] { return true; }), std::runtime_error);
  gate_.open();
}

TEST_P(QueueTest, NeverLetsThePoolItselfWaitForCapacity) {
  PoolOptions options = options_for("scripted");
  options.max_queue = 1;
  options.queue_wait = 1000;
  options.callbacks = CallbackThread::kSettling;
  Settlings told;
  Pool pool(std::move(options));
  Pending second;
  Pending third;
  const auto submit_two = [&](const Outcome&) {
    second = pool.submit(echo_call("second"), told.expect("second"));
    third = pool.submit(echo_call("third"), told.expect("third"));
  };
  const Pending first = pool.submit(echo_call("gate"), submit_two);
  for (int i = 1; i < GetParam(); ++i) pool.submit(echo_call("other"));
  log_.wait_for("holds " + std::to_string(GetParam()) + " calls");
  gate_.open();
  told.wait_for(2);
  EXPECT_EQ(kind_of(third.get()), ErrorKind::kQueueFull);
  EXPECT_TRUE(second.get().ok());
}

TEST_P(QueueTest, GivesARunningCallUpWhenItIsCancelled) {
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

class QueueBesideSeveralTest : public SeveralInFlight {};

TEST_F(QueueBesideSeveralTest, LetsOtherCallsOfAHostEndWhenOneIsCancelled) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"gate", "a", "unwanted", "b"});
  EXPECT_TRUE(calls[2].cancel());
  ASSERT_EQ(kind_of(calls[2].get()), ErrorKind::kCancelled);
  const int old_pid = calls[2].get().pid;
  EXPECT_NE(old_pid, 0);
  const Outcome next = pool.call(echo_call("next"));
  expect_echo(next, "next");
  EXPECT_NE(next.pid, old_pid);
  for (const std::size_t i : {0U, 1U, 3U}) EXPECT_FALSE(calls[i].done());
  gate.open();
  expect_echo(calls[0].get(), "gate");
  expect_echo(calls[1].get(), "a");
  expect_echo(calls[3].get(), "b");
  wait_until_dead(next.pid);  // it stood in for the old one, whose code has ended
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_EQ(pool.stats().restarts, 0U);
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(QueueBesideSeveralTest, MayLoseAllCallsOfAHostToTheirCallers) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"gate", "a", "b", "c"});
  for (const Pending& call : calls) EXPECT_TRUE(call.cancel());
  for (const Pending& call : calls) {
    EXPECT_EQ(kind_of(call.get()), ErrorKind::kCancelled);
    EXPECT_FALSE(call.cancel());
  }
  wait_until_dead(calls[0].get().pid);
  expect_echo(pool.call(echo_call("next")), "next");
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(QueueBesideSeveralTest, LosesOnlyTheCancelledCalls) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"gate", "a", "b", "c"});
  const auto queued = submit_all(pool, {"d", "e", "f", "g"});
  queued[1].cancel();
  queued[3].cancel();
  for (const std::size_t i : {1U, 3U}) {
    EXPECT_EQ(kind_of(queued[i].get()), ErrorKind::kCancelled);
    EXPECT_EQ(queued[i].get().host, 0);
  }
  EXPECT_EQ(pool.stats().queued, 2U);
  gate.open();
  expect_echo(queued[0].get(), "d");
  expect_echo(queued[2].get(), "f");
  for (const Pending& call : calls) EXPECT_EQ(call.get().pid, queued[0].get().pid);
  EXPECT_FALSE(log_.has("got [\"e\"]"));
  EXPECT_FALSE(log_.has("got [\"g\"]"));
}

}  // namespace
}  // namespace provider_host
