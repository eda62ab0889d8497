// Many calls submitted at once, and the sink that gets their outcomes.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "faults/sanitizer.h"
#include "helpers/gate.h"
#include "helpers/recording_sink.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Calls that echo their number, which is their tag.
std::vector<TaggedCall> numbered(std::uint64_t count, std::uint64_t first = 0) {
  std::vector<TaggedCall> calls;
  for (std::uint64_t i = first; i < first + count; ++i) calls.push_back({echo_call(std::to_string(i)), i});
  return calls;
}

std::vector<std::uint64_t> numbers(std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// Each test runs with both threads that a sink may be told on.
class SubmitManyTest : public ChildPool, public testing::WithParamInterface<CallbackThread> {
 protected:
  PoolOptions options_for(const std::string& child) {
    PoolOptions options = ChildPool::options_for(child);
    options.callbacks = GetParam();
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;
    return options;
  }
  // A pool whose host has a call and will not respond before its gate opens; and room for `capacity` further calls.
  PoolOptions gated(std::size_t capacity) {
    PoolOptions options = options_for("scripted");
    options.max_queue = capacity;
    return options;
  }
  Pending occupy(Pool& pool) {
    Pending first = pool.submit(echo_call("gate"));
    log_.wait_for("holds 1 call");
    return first;
  }

  const std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
};
INSTANTIATE_TEST_SUITE_P(Pool, SubmitManyTest, testing::Values(CallbackThread::kOwn, CallbackThread::kSettling),
                         [](const auto& param) { return param.param == CallbackThread::kOwn ? "Own" : "Settling"; });

TEST_P(SubmitManyTest, GivesEachOutcomeToTheSinkOnceAndToItsHandle) {
  constexpr std::uint64_t kCalls = 1000;
  Pool pool(options_for("echo"));
  const std::vector<Pending> calls = pool.submit_many(numbered(kCalls), sink_);
  ASSERT_EQ(calls.size(), kCalls);
  const std::vector<TaggedOutcome> outcomes = sink_->wait_for(kCalls);
  ASSERT_EQ(outcomes.size(), kCalls);
  EXPECT_EQ(sink_->tags(), numbers(kCalls)) << "one host runs them in order";
  for (std::size_t i = 0; i < kCalls; ++i) {
    EXPECT_EQ(outcomes[i].outcome.json(), "[\"" + std::to_string(i) + "\"]");
    EXPECT_EQ(calls[i].get().json(), outcomes[i].outcome.json());
    EXPECT_EQ(outcomes[i].outcome.pid, calls[i].get().pid);
    EXPECT_GT(outcomes[i].outcome.latency_ms, 0);
  }
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, kCalls);
  EXPECT_EQ(stats.succeeded, kCalls);
}

TEST_P(SubmitManyTest, TakesNoCallsAtAll) {
  Pool pool(options_for("echo"));
  EXPECT_TRUE(pool.submit_many({}, sink_).empty());
  EXPECT_TRUE(pool.submit_many_nonblocking({}, sink_).empty());
}

TEST_P(SubmitManyTest, RefusesWrongCallsAndRunsTheOthers) {
  Pool pool(options_for("echo"));
  std::vector<TaggedCall> calls = numbered(3);
  calls[1].call.args_json = "[";
  const std::vector<Pending> pending = pool.submit_many(std::move(calls), sink_);
  sink_->wait_for(3);
  EXPECT_THAT(sink_->tags(), testing::UnorderedElementsAre(0, 1, 2));
  EXPECT_EQ(kind_of(pending[1].get()), ErrorKind::kInvalidRequest);
  EXPECT_TRUE(pending[0].get().ok() && pending[2].get().ok());
}

TEST_P(SubmitManyTest, RefusesThoseForWhichThereIsNoCapacity) {
  const Gate gate(script());
  Pool pool(gated(2));
  const Pending first = occupy(pool);
  const std::vector<Pending> pending = pool.submit_many(numbered(4), sink_);
  EXPECT_EQ(kind_of(pending[2].get()), ErrorKind::kQueueFull);
  EXPECT_EQ(kind_of(pending[3].get()), ErrorKind::kQueueFull);
  EXPECT_FALSE(pending[0].done() || pending[1].done());
  gate.open();
  sink_->wait_for(4);
  EXPECT_THAT(sink_->tags(), ElementsAre(2, 3, 0, 1));
}

TEST_P(SubmitManyTest, WaitsForCapacity) {
  PoolOptions options = options_for("echo");
  options.max_queue = 2;
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  pool.submit_many(numbered(100), sink_);
  sink_->wait_for(100);
  EXPECT_EQ(sink_->tags(), numbers(100));
  EXPECT_EQ(pool.stats().succeeded, 100U);
}

TEST_P(SubmitManyTest, LetsTheCallsWaitInLineWhereThreadsMustNot) {
  const Gate gate(script());
  PoolOptions options = gated(2);
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  const Pending first = occupy(pool);
  pool.submit_many_nonblocking(numbered(5), sink_);
  EXPECT_EQ(pool.stats().queued, 5U);
  gate.open();
  sink_->wait_for(5);
  EXPECT_EQ(sink_->tags(), numbers(5));
}

TEST_P(SubmitManyTest, CancelsWhatIsNotQueuedOnceItIsInterrupted) {
  const Gate gate(script());
  PoolOptions options = gated(1);
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  const Pending first = occupy(pool);
  int asked = 0;
  const std::vector<Pending> pending = pool.submit_many(numbered(4), sink_, [&] { return ++asked == 2; });
  EXPECT_EQ(asked, 2);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(kind_of(pending[i].get()), ErrorKind::kCancelled);
  gate.open();
  EXPECT_TRUE(pending[0].get().ok());
  sink_->wait_for(4);
  EXPECT_THAT(sink_->tags(), ElementsAre(1, 2, 3, 0));
}

TEST_P(SubmitManyTest, SettlesAllWhenWhatAsksForInterruptionThrows) {
  const Gate gate(script());
  PoolOptions options = gated(1);
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  const Pending first = occupy(pool);
  EXPECT_THROW(pool.submit_many(numbered(3), sink_, []() -> bool { throw std::runtime_error("Ctrl-C"); }),
               std::runtime_error);
  gate.open();
  const auto outcomes = sink_->wait_for(3);
  EXPECT_THAT(sink_->tags(), ElementsAre(1, 2, 0));
  EXPECT_EQ(kind_of(outcomes[1].outcome), ErrorKind::kCancelled);
}

TEST_P(SubmitManyTest, CancelsAndWithdrawsByTheHandles) {
  const Gate gate(script());
  Pool pool(gated(100));
  const Pending first = occupy(pool);
  const std::vector<Pending> pending = pool.submit_many(numbered(3), sink_);
  EXPECT_TRUE(pending[1].cancel());
  EXPECT_EQ(kind_of(pending[1].get()), ErrorKind::kCancelled);
  EXPECT_TRUE(pending[2].withdraw());
  EXPECT_EQ(kind_of(pending[2].get()), ErrorKind::kCancelled);
  gate.open();
  EXPECT_TRUE(pending[0].get().ok());
  sink_->wait_for(3);
  EXPECT_THAT(sink_->tags(), ElementsAre(1, 2, 0));
}

TEST_P(SubmitManyTest, SettlesAllWhenThePoolEnds) {
  const Gate gate(script());
  Pool pool(gated(100));
  const Pending first = occupy(pool);
  const std::vector<Pending> pending = pool.submit_many(numbered(50), sink_);
  pool.shutdown(0);
  EXPECT_EQ(sink_->tags().size(), 50U) << "shutdown() has not waited for the sink";
  pool.submit_many(numbered(3, 50), sink_);
  for (const TaggedOutcome& outcome : sink_->wait_for(53)) {
    EXPECT_EQ(kind_of(outcome.outcome), ErrorKind::kShuttingDown);
  }
  EXPECT_THAT(sink_->tags(), testing::UnorderedElementsAreArray(numbers(53)));
}

TEST_P(SubmitManyTest, KeepsTheOrderOfSettlingAmongSinksAndCallbacks) {
  const Gate gate(script());
  Pool pool(gated(100));
  const Pending first = occupy(pool);
  std::vector<int> order;
  std::promise<void> all_told;
  const auto a = std::make_shared<RecordingSink>([&](std::size_t count) { order.insert(order.end(), count, 1); });
  const auto b = std::make_shared<RecordingSink>([&](std::size_t count) {
    order.insert(order.end(), count, 2);
    all_told.set_value();
  });
  pool.submit_many(numbered(2), a);
  pool.submit(echo_call("x"), [&](const Outcome&) { order.push_back(3); });
  pool.submit_many(numbered(1), a);
  pool.submit_many(numbered(1), b);
  gate.open();
  all_told.get_future().wait();
  EXPECT_THAT(order, ElementsAre(1, 1, 3, 1, 2));
}

TEST_P(SubmitManyTest, LogsWhatASinkThrows) {
  Pool pool(options_for("echo"));
  const auto sink = std::make_shared<RecordingSink>([](std::size_t) { throw std::runtime_error("my sink"); });
  pool.submit_many(numbered(1), sink);
  EXPECT_THAT(log_.wait_for("my sink"), HasSubstr("threw"));
  EXPECT_TRUE(pool.call(echo_call("after")).ok());
}

TEST_P(SubmitManyTest, MaySubmitInASink) {
  constexpr std::uint64_t kCalls = 300;
  Pool pool(options_for("echo"));
  std::uint64_t submitted = 3;
  std::shared_ptr<RecordingSink> sink;
  sink = std::make_shared<RecordingSink>([&](std::size_t count) {
    const std::uint64_t more = std::min<std::uint64_t>(count, kCalls - submitted);
    pool.submit_many(numbered(more, std::exchange(submitted, submitted + more)), sink);
  });
  pool.submit_many(numbered(3), sink);
  sink->wait_for(kCalls);
  pool.shutdown();
  EXPECT_EQ(sink->tags(), numbers(kCalls));
  sink.reset();
}

TEST_P(SubmitManyTest, DoesNotRecurseWhereASinkSubmitsToAPoolThatEnds) {
  constexpr int kTimes = chaos::kSanitized ? 5'000 : 20'000;
  Pool pool(options_for("silent"));
  std::atomic<int> refused = 0;
  std::promise<void> done;
  std::shared_ptr<RecordingSink> sink;
  sink = std::make_shared<RecordingSink>([&](std::size_t) {
    if (++refused == kTimes) return done.set_value();
    pool.submit_many(numbered(1), sink);
  });
  pool.submit_many(numbered(1), sink);
  pool.shutdown(0);
  done.get_future().wait();
  pool.shutdown(0);
  sink.reset();
}

TEST_P(SubmitManyTest, MayEndThePoolInASinkOfCallsThatAreRefused) {
  auto pool = std::make_unique<Pool>(options_for("echo"));
  pool->shutdown(0);
  std::promise<void> ended;
  const auto sink = std::make_shared<RecordingSink>([&](std::size_t) {
    if (pool == nullptr) return;
    pool.reset();
    ended.set_value();
  });
  const std::vector<Pending> calls = pool->submit_many(numbered(5), sink);
  ended.get_future().wait();
  sink->wait_for(5);
  for (const Pending& call : calls) EXPECT_EQ(kind_of(call.get()), ErrorKind::kShuttingDown);
}

TEST_P(SubmitManyTest, MayDropTheLastReferenceToThePoolInASink) {
  PoolOptions options = options_for("gated");
  options.log = [](const LogLine&) {};  // it may log after this test has ended
  const Gate gate(script());
  auto pool = std::make_shared<Pool>(std::move(options));
  std::promise<void> all_told;
  {
    const auto first = std::make_shared<RecordingSink>([pool](std::size_t) {});
    const auto second = std::make_shared<RecordingSink>([&, pool](std::size_t) { all_told.set_value(); });
    std::vector<TaggedCall> gate_call;
    gate_call.push_back({echo_call("gate"), 0});
    pool->submit_many(std::move(gate_call), first);
    pool->submit_many(numbered(1), second);
  }
  const std::weak_ptr<Pool> remaining = pool;
  pool.reset();
  EXPECT_FALSE(remaining.expired());
  gate.open();
  all_told.get_future().wait();
  while (!remaining.expired()) std::this_thread::yield();
}

TEST_P(SubmitManyTest, SurvivesAForkInASink) {
  Pool pool(options_for("echo"));
  std::atomic<pid_t> child = -1;
  const pid_t parent = ::getpid();
  const auto sink = std::make_shared<RecordingSink>([&](std::size_t) {
    if (child == -1) child = ::fork();
    if (::getpid() != parent) ::alarm(20);
  });
  pool.submit_many(numbered(100), sink);
  while (child == -1) std::this_thread::yield();  // the mutex of the sink is free at the fork
  sink->wait_for(100);
  ASSERT_GT(child, 0);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(sink->tags(), numbers(100));
}

TEST_P(SubmitManyTest, RefusesEverythingInAForkedChild) {
  Pool pool(options_for("echo"));
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    try {
      pool.submit_many(numbered(2), sink_);
    } catch (const std::logic_error&) {
      ::_exit(0);
    }
    ::_exit(1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

class SinkTest : public ChildPool {};

TEST_F(SinkTest, OfTheirOwnThreadMayShutThePoolDown) {
  Pool pool(options_for("echo"));
  std::promise<void> is_down;
  const auto sink = std::make_shared<RecordingSink>([&, first = true](std::size_t) mutable {
    if (!std::exchange(first, false)) return;
    pool.shutdown(0);
    is_down.set_value();
  });
  pool.submit_many(numbered(20), sink);
  is_down.get_future().wait();
  sink->wait_for(20);
  EXPECT_EQ(kind_of(pool.call(echo_call("late"))), ErrorKind::kShuttingDown);
}

TEST_F(SinkTest, OnTheThreadThatSettlesMustNotWaitForThePool) {
  PoolOptions options = options_for("echo");
  options.callbacks = CallbackThread::kSettling;
  options.max_queue = 1;
  options.queue_wait = 1000;
  Pool pool(std::move(options));
  std::promise<void> done;
  const auto inner = std::make_shared<RecordingSink>();
  const auto sink = std::make_shared<RecordingSink>([&](std::size_t) {
    EXPECT_THROW(pool.call(echo_call("x")), std::logic_error);
    EXPECT_THROW(pool.shutdown(0), std::logic_error);
    pool.submit_many(numbered(3), inner);
    done.set_value();
  });
  pool.submit_many(numbered(1), sink);
  done.get_future().wait();
  const auto outcomes = inner->wait_for(3);
  EXPECT_THAT(inner->tags(), ElementsAre(1, 2, 0)) << "it makes for capacity itself, so it cannot wait for it";
  EXPECT_EQ(kind_of(outcomes[0].outcome), ErrorKind::kQueueFull);
}

TEST_F(SinkTest, CannotKeepAPoolAliveBySubmittingForEver) {
  std::shared_ptr<RecordingSink> sink;
  {
    PoolOptions options = options_for("silent");
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;
    Pool pool(std::move(options));
    sink = std::make_shared<RecordingSink>([&](std::size_t) { pool.submit_many(numbered(1), sink); });
    pool.submit_many(numbered(1), sink);
    pool.shutdown(0);
  }
  EXPECT_THAT(log_.wait_for("threw"), HasSubstr("must not submit to a pool that is being"));
  sink.reset();
}

}  // namespace
}  // namespace provider_host
