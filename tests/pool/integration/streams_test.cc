// Streams of hosts without Python: what their readers see, whoever reads the channel.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "helpers/gate.h"
#include "helpers/recording_sink.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Call streaming(int items, const std::string& then = "") { return Call::of("f", nlohmann::json::array({items, then})); }

std::vector<std::string> texts_of(Stream& stream) {
  std::vector<std::string> texts;
  for (const Item& item : stream) texts.push_back(item.text().value_or(""));
  return texts;
}

std::vector<std::string> numbers_below(int count) {
  std::vector<std::string> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

/// One host that runs one call at a time, or two: then readers get their items from the pool's thread.
class StreamsTest : public ChildPool, public testing::WithParamInterface<int> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("streams");
    options.concurrency = GetParam();
    options.shutdown_timeout = 0;
    options.interrupt_grace = 30;  // they end by themselves, also on a busy machine
    return options;
  }
  void expect_no_restart(const Pool& pool) { EXPECT_EQ(pool.stats().restarts, 0U); }
};

INSTANTIATE_TEST_SUITE_P(Concurrency, StreamsTest, testing::Values(1, 2));

TEST_P(StreamsTest, GiveTheirItemsInOrderAndThenTheOutcome) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(3));
  EXPECT_THAT(texts_of(stream), ElementsAre("0", "1", "2"));
  EXPECT_TRUE(stream.ended());
  EXPECT_EQ(stream.outcome().json(), "null");
  EXPECT_EQ(stream.next(), std::nullopt) << "the end stays the end";
  EXPECT_EQ(pool.stats().succeeded, 1U);
}

TEST_P(StreamsTest, AreLongerThanTheirCredit) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(5000));
  EXPECT_EQ(texts_of(stream), numbers_below(5000));
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, GiveTheOnlyValueOfAFunctionThatDoesNotStream) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(0, "value"));
  EXPECT_EQ(stream.next()->json(), "42");
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_EQ(stream.outcome().json(), "42");
}

TEST_P(StreamsTest, HaveWhatTheirGeneratorHasReturnedAsTheirOutcome) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "value"));
  EXPECT_THAT(texts_of(stream), ElementsAre("0"));
  EXPECT_EQ(stream.outcome().json(), "42");
}

TEST_P(StreamsTest, EndWithTheErrorOfTheirGenerator) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(2, "raise"));
  EXPECT_THAT(texts_of(stream), ElementsAre("0", "1"));
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kPythonException);
  EXPECT_EQ(stream.outcome().error().message, "boom");
}

TEST_P(StreamsTest, WaitForASlowReader) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1000));
  ASSERT_TRUE(stream.next());
  log_.wait_for("waits for credit");
  EXPECT_FALSE(stream.ended());
  EXPECT_THAT(texts_of(stream), SizeIs(999));
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, DropWhatIsNotReadWhenOnlyTheOutcomeIsAskedFor) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(2000, "value"));
  EXPECT_EQ(stream.outcome().json(), "42");
  EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_P(StreamsTest, AreReadWithoutWaiting) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1000));
  std::vector<std::string> texts;
  while (!stream.ended()) {
    if (const auto item = stream.try_next()) {
      texts.push_back(*item->text());
    } else {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(texts, numbers_below(1000));
}

TEST_P(StreamsTest, HaveIdsOfTheirOwn) {
  Pool pool(options());
  const Stream one = pool.stream(streaming(1));
  const Pending call = pool.submit(echo_call("x"));
  EXPECT_EQ(one.id(), 1U);
  EXPECT_EQ(call.id(), 2U);
}

// --- closing

TEST_P(StreamsTest, AreClosedWithoutHarm) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(5000));
  ASSERT_TRUE(stream.next());
  stream.close();
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
  EXPECT_TRUE(stream.ended());
  log_.wait_for(R"({"type":"close","id":1})");
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  expect_no_restart(pool);
}

TEST_P(StreamsTest, AreClosedWhenTheyAreDestroyed) {
  Pool pool(options());
  for (int i = 0; i < 20; ++i) {
    Stream stream = pool.stream(streaming(5000));
    for (int item = 0; item < i; ++item) ASSERT_TRUE(stream.next());
  }
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  expect_no_restart(pool);
  EXPECT_EQ(pool.stats().failed, 20U);
}

TEST_P(StreamsTest, StayAsTheyAreWhenTheyAreClosedAfterTheEnd) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1));
  EXPECT_THAT(texts_of(stream), SizeIs(1));
  stream.close();
  stream.close();
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, AreClosedByAnotherThreadWhileTheirReaderWaits) {
  Pool pool(options());
  for (int i = 0; i < 20; ++i) {
    Stream stream = pool.stream(streaming(1, "hang"));
    std::promise<void> is_reading;
    std::thread reader([&] {
      EXPECT_TRUE(stream.next());
      is_reading.set_value();
      EXPECT_EQ(stream.next(), std::nullopt);
    });
    is_reading.get_future().wait();
    stream.close();
    reader.join();
    EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
  }
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  expect_no_restart(pool);
}

TEST_P(StreamsTest, AreInterruptedWhenTheyDoNotEndByThemselves) {
  PoolOptions options = this->options();
  options.interrupt_grace = 4;  // it is interrupted after half of it, and ends within the other half
  Pool pool(std::move(options));
  Stream stream = pool.stream(streaming(1, "stubborn"));
  log_.wait_for("is at the end");
  stream.close();
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
  log_.wait_for(R"({"type":"cancel","id":1})");
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
}

TEST_P(StreamsTest, EndWithTheirHostWhenNothingElseEndsThem) {
  PoolOptions options = this->options();
  options.interrupt_grace = 0.1;
  Pool pool(std::move(options));
  Stream stream = pool.stream(streaming(1, "deaf"));
  log_.wait_for("is at the end");
  stream.close();
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
  while (pool.stats().restarts == 0) std::this_thread::yield();
  EXPECT_EQ(pool.stats().restarts_by_cause.at("unresponsive"), 1U);
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
}

TEST_P(StreamsTest, ThatAreQueuedAreClosedBeforeAnyHostHasThem) {
  const Gate gate(script());
  PoolOptions options = this->options();
  options.concurrency = 1;
  Pool pool(std::move(options));
  Stream first = pool.stream(streaming(1, "gate"));
  Stream second = pool.stream(streaming(1));
  second.close();
  EXPECT_EQ(kind_of(second.outcome()), ErrorKind::kCancelled);
  EXPECT_EQ(second.outcome().host, 0);
  gate.open();
  EXPECT_THAT(texts_of(first), SizeIs(1));
  EXPECT_TRUE(first.outcome().ok());
}

// --- being interrupted

TEST_P(StreamsTest, EndWhenTheirReaderIsInterrupted) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "hang"));
  ASSERT_TRUE(stream.next());
  int asked = 0;
  EXPECT_EQ(stream.next([&] { return ++asked == 2; }), std::nullopt);
  EXPECT_EQ(asked, 2) << "not again";
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  expect_no_restart(pool);
}

TEST_P(StreamsTest, GoOnAfterWhatTheirReaderIsInterruptedBy) {
  const Gate gate(script());
  Pool pool(options());
  Stream stream = pool.stream(streaming(2, "gate"));
  ASSERT_TRUE(stream.next());
  ASSERT_TRUE(stream.next());
  EXPECT_THROW(stream.next([]() -> bool { throw std::runtime_error("signal"); }), std::runtime_error);
  gate.open();
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, DoNotKeepTheirHostFromWhoeverInterruptsTheirReader) {
  const Gate gate(script());
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "gate"));
  ASSERT_TRUE(stream.next());
  bool has_called = false;
  EXPECT_EQ(stream.next([&] {
    if (std::exchange(has_called, true)) return false;
    gate.open();
    EXPECT_TRUE(pool.call(echo_call("inside")).ok());
    return false;
  }),
            std::nullopt);
  EXPECT_TRUE(has_called);
  EXPECT_TRUE(stream.outcome().ok());
}

// --- readers that stay away

TEST_P(StreamsTest, DoNotKeepTheOnlyHostFromOtherCallsWhenNobodyReadsThem) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(100));
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  EXPECT_EQ(texts_of(stream), numbers_below(100));
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, AreFollowedByOthersThatAreReadInAnyOrder) {
  Pool pool(options());
  std::vector<Stream> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(pool.stream(streaming(100)));
  for (auto stream = streams.rbegin(); stream != streams.rend(); ++stream) {
    EXPECT_EQ(texts_of(*stream), numbers_below(100));
  }
}

TEST_P(StreamsTest, AreLateAlsoWhenNobodyReadsThem) {
  Pool pool(options());
  Call call = streaming(1, "hang");
  std::vector<std::string> texts;
  for (double limit = 0.5; texts.empty() && limit <= 8; limit *= 2) {  // on a busy machine the item takes longer
    call.timeout = limit;
    Stream stream = pool.stream(call);
    log_.wait_for(R"({"type":"cancel","id":)" + std::to_string(stream.id()) + "}");
    texts = texts_of(stream);
    EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kTimeout);
    EXPECT_THAT(stream.outcome().error().message, HasSubstr("its timeout of " + in_seconds(limit)));
  }
  EXPECT_THAT(texts, ElementsAre("0"));
}

TEST_P(StreamsTest, EndWhenAnItemTakesTooLong) {
  Pool pool(options());
  Call call = streaming(3, "hang");
  std::vector<std::string> texts;
  for (double limit = 0.5; texts.size() < 3 && limit <= 8; limit *= 2) {  // on a busy machine the items take longer
    call.item_timeout = limit;
    Stream stream = pool.stream(call);
    texts = texts_of(stream);
    EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kTimeout);
    EXPECT_THAT(stream.outcome().error().message, HasSubstr("its item_timeout of " + in_seconds(limit)));
  }
  EXPECT_THAT(texts, ElementsAre("0", "1", "2"));
}

// --- the end of the pool

TEST_P(StreamsTest, OutliveTheirPool) {
  auto pool = std::make_unique<Pool>(options());
  Stream stream = pool->stream(streaming(3, "hang"));
  ASSERT_TRUE(stream.next());
  log_.wait_for("is at the end");
  pool.reset();
  EXPECT_THAT(texts_of(stream), ElementsAre("1", "2")) << "what had come stays readable";
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kShuttingDown);
  stream.close();
}

TEST_P(StreamsTest, EndWithThePoolWhileTheirReaderWaits) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "hang"));
  std::promise<void> is_reading;
  std::thread reader([&] {
    EXPECT_TRUE(stream.next());
    is_reading.set_value();
    EXPECT_EQ(stream.next(), std::nullopt);
  });
  is_reading.get_future().wait();
  pool.shutdown(0);
  reader.join();
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kShuttingDown);
}

TEST_P(StreamsTest, MayBeReadToTheirEndWhileThePoolShutsDown) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(3000));
  ASSERT_TRUE(stream.next());
  std::thread ending([&] { pool.shutdown(1000); });
  EXPECT_THAT(texts_of(stream), SizeIs(2999));
  ending.join();
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_P(StreamsTest, AreRefusedByAPoolThatHasEnded) {
  Pool pool(options());
  pool.shutdown(0);
  Stream stream = pool.stream(streaming(1));
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_TRUE(stream.ended());
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kShuttingDown);
}

// --- hosts that fail

TEST_P(StreamsTest, GiveWhatHadComeOfAHostThatDied) {
  Pool pool(options());
  for (int i = 0; i < 2; ++i) {
    Call call = streaming(3, "die");
    call.retries = 3;
    Stream stream = pool.stream(std::move(call));
    EXPECT_THAT(texts_of(stream), ElementsAre("0", "1", "2"));
    EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kHostCrashed);
    EXPECT_EQ(stream.outcome().error().crashes, 1);
  }
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
}

TEST_P(StreamsTest, AreRunAgainWhenTheirHostDiedBeforeTheFirstItem) {
  PoolOptions options = this->options();
  options.retry_backoff = 0;
  Pool pool(std::move(options));
  Call call = streaming(0, "die");
  call.retries = 1;
  Stream stream = pool.stream(std::move(call));
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kHostCrashed);
  EXPECT_EQ(stream.outcome().error().crashes, 2);
}

TEST_P(StreamsTest, WithMoreItemsThanTheirHostMaySendAreAViolation) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "overdraw"));
  log_.wait_for("broke the frame protocol");
  EXPECT_THAT(texts_of(stream), Not(IsEmpty()));
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kProtocolError);
  EXPECT_THAT(stream.outcome().error().message, HasSubstr("beyond its credit"));
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
}

TEST_P(StreamsTest, WithAnItemBeyondTheFrameLimitAreAViolation) {
  PoolOptions options = this->options();
  options.frame_limit = 65'536;
  Pool pool(std::move(options));
  Stream stream = pool.stream(streaming(1, "large"));
  EXPECT_THAT(texts_of(stream), ElementsAre("0"));
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kProtocolError);
}

TEST_P(StreamsTest, HaveItemsThatAreLargerThanTheirCredit) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(1, "large"));
  EXPECT_THAT(texts_of(stream), ElementsAre("0", SizeIs(100'000)));
  EXPECT_TRUE(stream.outcome().ok());
}

// --- calls

TEST_P(StreamsTest, TakeLargeArguments) {
  Pool pool(options());
  Stream stream = pool.stream(Call::of("f", nlohmann::json::array({2, std::string(3'000'000, 'x')})));
  EXPECT_THAT(texts_of(stream), ElementsAre("0", "1"));
}

TEST_P(StreamsTest, WithArgumentsThatCannotBeSentAreRefused) {
  PoolOptions options = this->options();
  options.frame_limit = 65'536;
  Pool pool(std::move(options));
  Stream stream = pool.stream(Call::of("f", nlohmann::json::array({2, std::string(70'000, 'x')})));
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kInvalidRequest);
}

TEST_P(StreamsTest, StayWithTheHostOfTheirAffinityKey) {
  PoolOptions options = this->options();
  options.workers = 2;
  Pool pool(std::move(options));
  std::set<int> pids;
  for (int i = 0; i < 10; ++i) {
    Call call = streaming(3);
    call.affinity = "conversation";
    Stream stream = pool.stream(std::move(call));
    EXPECT_THAT(texts_of(stream), SizeIs(3));
    pids.insert(stream.outcome().pid);
  }
  EXPECT_THAT(pids, SizeIs(1));
}

TEST_P(StreamsTest, AreReadByManyThreadsBesideOtherCalls) {
  PoolOptions options = this->options();
  options.workers = 2;
  options.max_queue = 1000;
  Pool pool(std::move(options));
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 4; ++reader) {
    threads.emplace_back([&, reader] {
      for (int i = 0; i < 15; ++i) {
        Stream stream = pool.stream(streaming(400));
        if ((i + reader) % 3 == 0) {
          EXPECT_TRUE(stream.next());
        } else {
          EXPECT_EQ(texts_of(stream), numbers_below(400));
          EXPECT_TRUE(stream.outcome().ok());
        }
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_TRUE(pool.call(echo_call("x")).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  expect_no_restart(pool);
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, 4U * (15 + 50));
}

TEST_P(StreamsTest, RunBesideManyCallsOfABlock) {
  Pool pool(options());
  const auto sink = std::make_shared<RecordingSink>();
  std::vector<TaggedCall> calls;
  for (std::uint64_t i = 0; i < 200; ++i) calls.push_back({echo_call("x"), i});
  Stream stream = pool.stream(streaming(1000));
  pool.submit_many(std::move(calls), sink);
  Stream behind = pool.stream(streaming(1000));
  EXPECT_EQ(texts_of(stream), numbers_below(1000));
  EXPECT_EQ(texts_of(behind), numbers_below(1000));
  EXPECT_THAT(sink->wait_for(200), SizeIs(200));
}

TEST_P(StreamsTest, CanBeMoved) {
  Pool pool(options());
  Stream stream = pool.stream(streaming(3));
  ASSERT_TRUE(stream.next());
  Stream other = std::move(stream);
  EXPECT_EQ(other.next()->text(), "1");
  EXPECT_THROW(stream.next(), std::logic_error);  // NOLINT(bugprone-use-after-move)
  EXPECT_THROW(stream.outcome(), std::logic_error);
  stream.close();
  stream = pool.stream(streaming(1));
  EXPECT_THAT(texts_of(stream), SizeIs(1));
  stream = std::move(other);
  EXPECT_EQ(stream.next()->text(), "2");
  other = Stream();
  EXPECT_THROW(static_cast<void>(other.id()), std::logic_error);
}

// --- callbacks

/// What the callbacks of a stream have got.
class Received {
 public:
  void add(const Item& item) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(ends_, 0) << "the outcome comes last";
    texts_.push_back(item.text().value_or(""));
  }
  void end(const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    if (++ends_ == 1) end_.set_value(outcome);
  }
  std::function<void(const Item&)> on_item() {
    return [this](const Item& item) { add(item); };
  }
  std::function<void(const Outcome&)> on_end() {
    return [this](const Outcome& outcome) { end(outcome); };
  }
  Outcome wait() { return end_.get_future().get(); }
  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  int ends() {
    const std::lock_guard lock(mutex_);
    return ends_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> texts_;
  int ends_ = 0;
  std::promise<Outcome> end_;
};

TEST_P(StreamsTest, GiveCallbacksTheirItemsInOrderAndThenTheOutcome) {
  for (const CallbackThread where : {CallbackThread::kOwn, CallbackThread::kSettling}) {
    Received received;
    PoolOptions options = this->options();
    options.callbacks = where;
    Pool pool(std::move(options));
    const Pending pending = pool.stream(streaming(3000), received.on_item(), received.on_end());
    EXPECT_EQ(received.wait().json(), "null");
    EXPECT_TRUE(pending.get().ok());
    pool.shutdown(0);
    EXPECT_EQ(received.texts(), numbers_below(3000));
    EXPECT_EQ(received.ends(), 1);
  }
}

TEST_P(StreamsTest, GiveCallbacksTheOnlyValueOfAFunctionThatDoesNotStream) {
  Received received;
  std::vector<std::string> json;
  Pool pool(options());
  pool.stream(
      streaming(0, "value"), [&](const Item& item) { json.emplace_back(item.json()); }, received.on_end());
  EXPECT_EQ(received.wait().json(), "42");
  EXPECT_THAT(json, ElementsAre("42"));
}

TEST_P(StreamsTest, NeedNotHaveBothCallbacks) {
  Received items;
  Received end;
  Pool pool(options());
  EXPECT_TRUE(pool.stream(streaming(1000), items.on_item(), nullptr).get().ok());
  pool.stream(streaming(1000), nullptr, end.on_end());
  EXPECT_TRUE(end.wait().ok());
  EXPECT_EQ(items.texts(), numbers_below(1000));
}

TEST_P(StreamsTest, TellACallbackThatTheyAreRefused) {
  Received received;
  Pool pool(options());
  Call call = streaming(1);
  call.args_json = "no JSON";
  pool.stream(std::move(call), received.on_item(), received.on_end());
  EXPECT_EQ(kind_of(received.wait()), ErrorKind::kInvalidRequest);
  EXPECT_THAT(received.texts(), IsEmpty());
}

TEST_P(StreamsTest, LogWhatACallbackThrowsAndGoOn) {
  Received received;
  Pool pool(options());
  const auto on_item = [&](const Item& item) {
    received.add(item);
    throw std::runtime_error("no good");
  };
  pool.stream(streaming(300), on_item, [&](const Outcome& outcome) {
    received.end(outcome);
    throw std::runtime_error("no good end");
  });
  EXPECT_TRUE(received.wait().ok());
  EXPECT_EQ(received.texts(), numbers_below(300));
  log_.wait_for("threw: no good end");
  EXPECT_TRUE(log_.has("threw: no good"));
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
}

TEST_P(StreamsTest, AreHeldBackByASlowCallback) {
  std::promise<void> may_go_on;
  const std::shared_future<void> going_on = may_go_on.get_future();
  Received received;
  Pool pool(options());
  const auto on_item = [&](const Item& item) {
    going_on.wait();
    received.add(item);
  };
  pool.stream(streaming(1000), on_item, received.on_end());
  log_.wait_for("waits for credit");
  EXPECT_THAT(received.texts(), IsEmpty());
  may_go_on.set_value();
  EXPECT_TRUE(received.wait().ok());
  EXPECT_EQ(received.texts(), numbers_below(1000));
}

TEST_P(StreamsTest, DropTheirItemsWhenTheirHandleIsCancelled) {
  std::promise<void> has_begun;
  std::promise<void> is_cancelled;
  std::atomic<int> items = 0;
  Received received;
  Pool pool(options());
  const auto on_item = [&](const Item&) {
    if (++items > 1) return;
    has_begun.set_value();
    is_cancelled.get_future().wait();
  };
  const Pending pending = pool.stream(streaming(5000), on_item, received.on_end());
  has_begun.get_future().wait();
  EXPECT_TRUE(pending.cancel());
  EXPECT_EQ(kind_of(pending.get()), ErrorKind::kCancelled);
  is_cancelled.set_value();
  EXPECT_EQ(kind_of(received.wait()), ErrorKind::kCancelled);
  EXPECT_EQ(items, 1);
  log_.wait_for(R"({"type":"close","id":1})");
  EXPECT_TRUE(pool.call(echo_call("next")).ok());
  expect_no_restart(pool);
}

TEST_P(StreamsTest, DestroyTheirCallbacksOnceTheyHaveEnded) {
  Pool pool(options());
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> still_held = held;
  const Pending pending = pool.stream(
      streaming(3), [held](const Item&) {}, [held](const Outcome&) {});
  held.reset();
  EXPECT_TRUE(pending.get().ok());
  pool.shutdown(0);
  EXPECT_TRUE(still_held.expired()) << "also while there is a handle";
}

TEST_P(StreamsTest, LetOtherCallbacksRunBetweenTheirItems) {
  PoolOptions options = this->options();
  options.workers = 2;
  Pool pool(std::move(options));
  wait_until_all_are_ready(pool);
  std::atomic<bool> has_other_run = false;
  std::atomic<bool> is_closed = false;
  Received received;
  const auto on_item = [&](const Item&) {
    if (!has_other_run) std::this_thread::yield();
  };
  const Pending stream = pool.stream(streaming(1'000'000'000), on_item, received.on_end());
  const Pending other = pool.submit(echo_call("x"), [&](const Outcome&) {
    has_other_run = true;
    stream.cancel();
  });
  EXPECT_EQ(kind_of(received.wait()), ErrorKind::kCancelled) << "the stream alone would not end";
  EXPECT_TRUE(other.get().ok());
  EXPECT_TRUE(has_other_run);
}

TEST_P(StreamsTest, TellOnceThatTheyCanBeRead) {
  std::mutex mutex;
  std::condition_variable changed;
  int told = 0;
  Pool pool(options());
  Stream stream = pool.stream(streaming(3000), [&] {
    const std::lock_guard lock(mutex);
    ++told;
    changed.notify_all();
  });
  std::vector<std::string> texts;
  for (int seen = 0; !stream.ended();) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return told > seen; });
      seen = told;
    }
    while (const auto item = stream.try_next()) texts.push_back(*item->text());
  }
  EXPECT_EQ(texts, numbers_below(3000));
  EXPECT_TRUE(stream.outcome().ok());
  EXPECT_LE(told, 3001 + 1);
}

TEST_P(StreamsTest, TellThatTheyHaveEndedWhenTheyAreClosed) {
  std::promise<void> is_told;
  std::atomic<int> told = 0;
  Pool pool(options());
  Stream stream = pool.stream(streaming(0, "hang"), [&] {
    if (++told == 1) is_told.set_value();
  });
  log_.wait_for("is at the end");
  EXPECT_EQ(stream.try_next(), std::nullopt);
  EXPECT_EQ(told, 0);
  stream.close();
  is_told.get_future().wait();
  EXPECT_EQ(kind_of(stream.outcome()), ErrorKind::kCancelled);
}

TEST_P(StreamsTest, AreNotWaitedForOnTheThreadThatSettles) {
  std::promise<std::string> message;
  PoolOptions options = this->options();
  options.callbacks = CallbackThread::kSettling;
  Pool pool(std::move(options));
  pool.submit(echo_call("x"), [&](const Outcome&) {
    try {
      pool.stream(streaming(1)).next();
      message.set_value("");
    } catch (const std::logic_error& error) {
      message.set_value(error.what());
    }
  });
  EXPECT_THAT(message.get_future().get(), HasSubstr("must not wait for the pool"));
}

}  // namespace
}  // namespace provider_host
