// Streams of real scripts: one call at a time, where readers read the host's channel by themselves, and several.
#include <gmock/gmock.h>

#include <optional>
#include <sstream>
#include <thread>

#include "end_to_end/script_pool.h"
#include "faults/sanitizer.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;

class ScriptStreams : public testing::TestWithParam<int> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("streams.py", &lines_);
    options.concurrency = GetParam();
    options.interrupt_grace = 30;  // generators end by themselves, also on a busy machine
    return options;
  }
  static Call call_of(const std::string& function, const nlohmann::json& args = nlohmann::json::array()) {
    return Call::of(function, args);
  }
  static std::vector<std::string> items_of(Stream& stream) {
    std::vector<std::string> items;
    for (const Item& item : stream) items.emplace_back(item.json());
    return items;
  }
  static std::vector<std::string> items_of(Pool& pool, const std::string& function, const nlohmann::json& args) {
    Stream stream = pool.stream(call_of(function, args));
    auto items = items_of(stream);
    EXPECT_TRUE(stream.outcome()) << text_of(stream.outcome());
    return items;
  }
  // The outcome of a stream that yields twice and hangs. On a busy machine it takes a larger limit until it has.
  static Outcome late(Pool& pool, Call& call, std::optional<double>& limit) {
    constexpr double kLongest = 8;
    while (true) {
      Stream stream = pool.stream(call);
      const auto items = items_of(stream);
      expect_error(stream, ErrorKind::kTimeout);
      if (items.size() < 2 && *limit < kLongest) {
        *limit *= 2;
        continue;
      }
      EXPECT_THAT(items, ElementsAre(R"("0")", R"("1")"));
      return stream.outcome();
    }
  }
  // As errors tell it.
  static std::string seconds(const std::optional<double>& limit) {
    std::ostringstream text;
    text << limit.value() << " s";
    return text.str();
  }
  static void expect_error(Stream& stream, ErrorKind kind) {
    const Outcome& outcome = stream.outcome();
    ASSERT_FALSE(outcome) << text_of(outcome);
    EXPECT_EQ(outcome.error().kind, kind) << text_of(outcome);
  }
  // The host goes on, and nothing of the stream is left in it.
  static void expect_well(Pool& pool) {
    EXPECT_EQ(text_of(pool.call(call_of("one_value", {"x"}))), R"({"output":"x"})");
    EXPECT_EQ(pool.stats().restarts, 0U);
  }

  PrintedLines lines_;
};

INSTANTIATE_TEST_SUITE_P(Concurrency, ScriptStreams, testing::Values(1, 4));

TEST_P(ScriptStreams, ThatOutgrowTheMemoryOfTheirHostCostTheirCallOnly) {
  if (chaos::kSanitized) GTEST_SKIP() << "the sanitizer takes all addresses for itself";
  PoolOptions options = this->options();
  options.memory_limit = std::uint64_t{400} << 20;
  options.frame_limit = std::size_t{1} << 30;
  Pool pool(options);
  const Outcome outcome = pool.call(call_of("large_for_ever"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kPythonException) << text_of(outcome);
  expect_well(pool);
}

TEST_P(ScriptStreams, OfEveryKindGiveTheirItems) {
  Pool pool(options());
  for (const std::string function :
       {"numbers", "numbers_async", "iterator", "returned_generator", "returned_async_generator"}) {
    EXPECT_THAT(items_of(pool, function, {3}), ElementsAre(R"("0")", R"("1")", R"("2")")) << function;
    EXPECT_THAT(items_of(pool, function, {0}), IsEmpty()) << function;
  }
  Stream stream = pool.stream(call_of("chunks", {2}));
  EXPECT_EQ(stream.next()->text(), "0");
  EXPECT_EQ(stream.next()->text(), "1");
  EXPECT_EQ(stream.next(), std::nullopt);
  expect_well(pool);
}

TEST_P(ScriptStreams, GiveTheResultOfAFunctionThatDoesNotStream) {
  Pool pool(options());
  EXPECT_THAT(items_of(pool, "one_value", {"x"}), ElementsAre(R"({"output":"x"})"));
}

TEST_P(ScriptStreams, HaveWhatTheGeneratorReturnedAsTheirOutcome) {
  Pool pool(options());
  Stream stream = pool.stream(call_of("with_result", {2}));
  EXPECT_THAT(items_of(stream), ElementsAre(R"("0")", R"("1")"));
  EXPECT_EQ(stream.outcome().json(), R"({"output":"all","tokenUsage":{"total":2}})");
}

TEST_P(ScriptStreams, PassOnItemsOfAllKinds) {
  Pool pool(options());
  EXPECT_THAT(items_of(pool, "of_all_kinds", nlohmann::json::array()),
              ElementsAre(R"("text")", "1.5", R"({"output":"delta"})", "[null,true]", "\"ü €\""));
}

TEST_P(ScriptStreams, AreJoinedForAPlainCall) {
  Pool pool(options());
  for (const std::string function :
       {"numbers", "numbers_async", "iterator", "returned_generator", "returned_async_generator", "chunks"}) {
    EXPECT_EQ(text_of(pool.call(call_of(function, {3}))), R"({"output":"012"})") << function;
  }
  EXPECT_EQ(text_of(pool.call(call_of("with_result", {2}))), R"({"output":"all","tokenUsage":{"total":2}})");
  const Outcome failed = pool.call(call_of("raises_behind", {2}));
  EXPECT_EQ(failed.error().partial, "01");
}

TEST_P(ScriptStreams, AreLongerThanTheirCredit) {
  Pool pool(options());
  for (const std::string function : {"numbers", "numbers_async"}) {
    Stream stream = pool.stream(call_of(function, {20'000}));
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(stream.next()->text(), std::to_string(i)) << function;
    EXPECT_EQ(stream.next(), std::nullopt);
  }
  Stream large = pool.stream(call_of("large", {5, 3'000'000}));
  for (int i = 0; i < 5; ++i) ASSERT_EQ(large.next()->text()->size(), 3'000'000U);
  EXPECT_EQ(large.next(), std::nullopt);
}

TEST_P(ScriptStreams, HoldTheScriptBackWhenNobodyReads) {
  Pool pool(options());
  const TemporaryFile file;
  Stream stream = pool.stream(call_of("counted", {100'000, file.path().string()}));
  const auto reached = [&] {
    int number = 0;
    std::ifstream(file.path()) >> number;
    return number;
  };
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream.next());
  int before = -1;
  while (before != reached()) {  // until it stands still
    before = reached();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(reached(), Lt(1000 + 600));
  stream.close();
  expect_well(pool);
}

TEST_P(ScriptStreams, TellAnExceptionBehindTheItemsThatHadCome) {
  Pool pool(options());
  for (const std::string function : {"raises_behind", "raises_behind_async"}) {
    Stream stream = pool.stream(call_of(function, {2}));
    EXPECT_THAT(items_of(stream), ElementsAre(R"("0")", R"("1")"));
    expect_error(stream, ErrorKind::kPythonException);
    EXPECT_THAT(stream.outcome().error().message, HasSubstr("in mid-stream"));
    EXPECT_THAT(stream.outcome().error().traceback, HasSubstr(function));
  }
  expect_well(pool);
}

TEST_P(ScriptStreams, NameTheItemThatHasNoJson) {
  Pool pool(options());
  Stream stream = pool.stream(call_of("bad_item_behind", {2}));
  EXPECT_THAT(items_of(stream), ElementsAre(R"("0")", R"("1")"));
  expect_error(stream, ErrorKind::kInvalidResponse);
  EXPECT_EQ(stream.outcome().error().path, "$[2].output[1]");
  lines_.wait_for("bad item: closed");
  expect_well(pool);
}

TEST_P(ScriptStreams, TellACrashBehindTheItemsThatHadComeAndAreNotRunAgain) {
  PoolOptions with_retries = options();
  with_retries.retries = 3;
  Pool pool(with_retries);
  for (const std::string function : {"dies_behind", "dies_behind_async", "dies_at_once"}) {
    Stream stream = pool.stream(call_of(function, {2}));
    EXPECT_THAT(items_of(stream), ElementsAre(R"("0")", R"("1")"));
    expect_error(stream, ErrorKind::kHostCrashed);
  }
  EXPECT_TRUE(pool.call(call_of("one_value", {"x"})));
  EXPECT_EQ(pool.stats().restarts, 3U);
}

TEST_P(ScriptStreams, EndWhenTheirTimeOrThatOfAnItemIsUp) {
  PoolOptions quick = options();
  quick.interrupt_grace = 0.2;
  Pool pool(quick);
  for (const std::string function : {"hangs_behind", "hangs_behind_async"}) {
    Call call = call_of(function, {2});
    call.item_timeout = 0.25;
    const Outcome by_item = late(pool, call, call.item_timeout);
    EXPECT_THAT(by_item.error().message, HasSubstr("item_timeout of " + seconds(call.item_timeout)));
    Outcome joined = pool.call(call);
    ASSERT_FALSE(joined);
    EXPECT_THAT(joined.error().message, HasSubstr("item_timeout of " + seconds(call.item_timeout)));
    call.item_timeout.reset();
    call.timeout = 0.25;
    const Outcome whole = late(pool, call, call.timeout);
    EXPECT_THAT(whole.error().message, HasSubstr("its timeout of " + seconds(call.timeout)));
  }
}

TEST_P(ScriptStreams, CloseTheirGeneratorWhenTheReaderGoes) {
  Pool pool(options());
  int closed = 0;
  for (const std::string function : {"endless", "endless_async"}) {
    for (const bool reads : {false, true}) {
      Stream stream = pool.stream(call_of(function));
      ASSERT_TRUE(!reads || stream.next());
      stream.close();
      EXPECT_EQ(stream.next(), std::nullopt);
      expect_error(stream, ErrorKind::kCancelled);
    }
    {
      Stream dropped = pool.stream(call_of(function));
      ASSERT_TRUE(dropped.next());
    }
    closed += 1;
    lines_.wait_for("closed by GeneratorExit", closed);
    expect_well(pool);
  }
}

// A thread that sleeps cannot be interrupted; its host is replaced.
TEST_P(ScriptStreams, InterruptAGeneratorThatDoesNotYield) {
  PoolOptions quick = options();
  quick.interrupt_grace = 4;  // it is interrupted after half of it, and ends within the other half
  Pool pool(quick);
  int hanging = 0;
  for (const std::string function : {"hangs_behind", "hangs_behind_async"}) {
    if (function == "hangs_behind" && GetParam() > 1) continue;
    Stream stream = pool.stream(call_of(function, {1}));
    ASSERT_TRUE(stream.next());
    lines_.wait_for("hangs", ++hanging);
    stream.close();
    lines_.wait_for(function == "hangs_behind" ? "interrupted" : "cancelled");
    expect_error(stream, ErrorKind::kCancelled);
    EXPECT_TRUE(pool.call(call_of("one_value", {"x"})));
  }
}

TEST_P(ScriptStreams, OutliveAGeneratorThatIgnoresItsClosing) {
  Pool pool(options());
  Stream stream = pool.stream(call_of("ignores_closing"));
  ASSERT_TRUE(stream.next());
  stream.close();
  lines_.wait_for("ignored");
  EXPECT_TRUE(pool.call(call_of("one_value", {"x"})));
}

TEST_P(ScriptStreams, LetAForkEndByItself) {
  Pool pool(options());
  EXPECT_THAT(items_of(pool, "fork_in_the_middle", nlohmann::json::array()), ElementsAre(R"("before")", R"("after")"));
  lines_.wait_for("child");
  expect_well(pool);
}

TEST_P(ScriptStreams, RunBesidePlainCallsAndEachOther) {
  PoolOptions two = options();
  two.workers = 2;
  Pool pool(two);
  std::vector<std::thread> readers;
  std::atomic<int> failures = 0;
  for (int reader = 0; reader < 6; ++reader) {
    readers.emplace_back([&, reader] {
      for (int i = 0; i < 30; ++i) {
        if (reader % 3 == 0) {
          failures += text_of(pool.call(call_of("one_value", {"x"}))) == R"({"output":"x"})" ? 0 : 1;
          continue;
        }
        Stream stream = pool.stream(call_of(reader % 3 == 1 ? "numbers" : "numbers_async", {300}));
        int next = 0;
        for (const Item& item : stream) failures += item.text() == std::to_string(next++) ? 0 : 1;
        failures += next == 300 && stream.outcome() ? 0 : 1;
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(pool.stats().submitted, 180U);
  EXPECT_EQ(pool.stats().succeeded, 180U);
}

TEST_P(ScriptStreams, GoOnWhenTheirHostIsRecycled) {
  PoolOptions recycled = options();
  recycled.max_calls_per_host = 2;
  Pool pool(recycled);
  for (int i = 0; i < 8; ++i) {
    EXPECT_THAT(items_of(pool, "numbers", {3}), ElementsAre(R"("0")", R"("1")", R"("2")"));
  }
}

TEST_P(ScriptStreams, SettleWhenThePoolEndsInMidStream) {
  std::optional<Pool> pool(options());
  Stream away = pool->stream(call_of("endless"));
  ASSERT_TRUE(away.next());
  pool->shutdown(0);
  pool.reset();
  while (away.next()) continue;
  expect_error(away, ErrorKind::kShuttingDown);
}

}  // namespace
}  // namespace provider_host
