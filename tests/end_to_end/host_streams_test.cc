#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "end_to_end/script_pool.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Functions of tests/providers/streaming.py in a host that runs one call at a time, or several.
class HostStreams : public ::testing::TestWithParam<int> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("streaming.py", &lines_);
    options.concurrency = GetParam();
    options.interrupt_grace = 1;
    return options;
  }
  // They end by themselves, also on a busy machine.
  PoolOptions patient() {
    PoolOptions patient = options();
    patient.interrupt_grace = 30;
    return patient;
  }
  static Call call_of(const std::string& function, const std::string& prompt) {
    Call call = Call::api_call(prompt);
    call.function = function;
    return call;
  }
  /// What a plain call gets.
  static std::string joined(Pool& pool, const std::string& function, const std::string& prompt = "Hi you") {
    return text_of(pool.call(call_of(function, prompt)));
  }
  /// The items that a reader gets, and how the stream ended.
  static std::vector<std::string> streamed(Pool& pool, const std::string& function,
                                           const std::string& prompt = "Hi you") {
    Stream stream = pool.stream(call_of(function, prompt));
    std::vector<std::string> items;
    for (const Item& item : stream) items.emplace_back(item.json());
    items.push_back(text_of(stream.outcome()));
    return items;
  }

  PrintedLines lines_;
};

INSTANTIATE_TEST_SUITE_P(Calls, HostStreams, ::testing::Values(1, 4),
                         [](const auto& test) { return test.param == 1 ? "OneAtATime" : "Several"; });

TEST_P(HostStreams, are_joined_for_a_call) {
  Pool pool(options());
  for (const char* function : {"words", "words_async", "words_at_once", "later", "later_sync", "handed_on", "chunks"}) {
    EXPECT_EQ(joined(pool, function), R"({"output":"Hiyou"})") << function;
  }
  EXPECT_EQ(joined(pool, "mapped"), R"({"output":"hiyou"})");
  EXPECT_EQ(joined(pool, "counted"), R"({"output":"123"})");
  EXPECT_EQ(joined(pool, "client"), R"({"output":"s:His:you"})");
  EXPECT_EQ(joined(pool, "client_async"), R"({"output":"a:Hia:you"})");
  EXPECT_EQ(joined(pool, "openai"), R"({"output":"Hiyou","tokenUsage":{"total":5,"prompt":2,"completion":3}})");
  EXPECT_EQ(joined(pool, "returns"), R"({"output":"Hi you","cost":1})");
  EXPECT_EQ(joined(pool, "numbers"), R"({"output":[1,{"two":[2,null]}]})");
  EXPECT_EQ(joined(pool, "nothing"), R"({"output":""})");
}

TEST_P(HostStreams, have_their_items_one_by_one) {
  Pool pool(options());
  for (const char* function : {"words", "words_async", "words_at_once", "later", "later_sync", "handed_on", "chunks"}) {
    EXPECT_THAT(streamed(pool, function), ElementsAre(R"("Hi")", R"("you")", "null")) << function;
  }
  EXPECT_THAT(streamed(pool, "counted"), ElementsAre(R"("1")", R"("2")", R"("3")", "null"));
  EXPECT_THAT(streamed(pool, "client"), ElementsAre(R"("s:Hi")", R"("s:you")", "null"));
  EXPECT_THAT(streamed(pool, "client_async"), ElementsAre(R"("a:Hi")", R"("a:you")", "null"));
  EXPECT_THAT(streamed(pool, "returns"), ElementsAre(R"("part")", R"({"output":"Hi you","cost":1})"));
  EXPECT_THAT(streamed(pool, "numbers"), ElementsAre("1", R"({"two":[2,null]})", "null"));
  EXPECT_THAT(streamed(pool, "nothing"), ElementsAre("null"));
  EXPECT_THAT(streamed(pool, "plain"), ElementsAre(R"({"output":"Hi you"})", R"({"output":"Hi you"})"));
}

TEST_P(HostStreams, that_raise_leave_what_had_come) {
  Pool pool(options());
  for (const char* function : {"raises", "raises_async"}) {
    const Outcome outcome = pool.call(call_of(function, "Hi you"));
    ASSERT_FALSE(outcome) << function;
    EXPECT_EQ(outcome.error().kind, ErrorKind::kPythonException);
    EXPECT_EQ(outcome.error().type, "ValueError");
    EXPECT_EQ(outcome.error().partial, "Hiyou") << function;
    EXPECT_EQ(pool.call(call_of(function, "")).error().partial, "") << function;
    EXPECT_THAT(streamed(pool, function), ElementsAre(R"("Hi")", R"("you")", HasSubstr("python_exception: no")));
  }
}

TEST_P(HostStreams, end_at_an_item_that_has_no_json_form) {
  Pool pool(options());
  int closed = 0;
  for (const char* function : {"yields_object", "yields_object_async"}) {
    const Outcome outcome = pool.call(call_of(function, "Hi you"));
    ASSERT_FALSE(outcome) << function;
    EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalidResponse);
    EXPECT_EQ(outcome.error().path, "$[2].output[0]");
    EXPECT_EQ(outcome.error().partial, "Hiyou");
    lines_.wait_for("closed", ++closed);
    EXPECT_THAT(streamed(pool, function),
                ElementsAre(R"("Hi")", R"("you")", HasSubstr("not JSON serializable at $[2].output[0]")));
    lines_.wait_for("closed", ++closed);
  }
}

TEST_P(HostStreams, end_at_an_item_that_is_too_large) {
  PoolOptions small = options();
  small.frame_limit = 100'000;
  Pool pool(small);
  const std::vector<std::string> items = streamed(pool, "yields_large", "200000");
  EXPECT_THAT(items, ElementsAre(R"("small")", HasSubstr("the item is larger than the limit of 100000 bytes at $[1]")));
  EXPECT_THAT(joined(pool, "endless", std::string(1000, 'x')), HasSubstr("the items of endless(), joined, take"));
  Call endless = call_of("endless", "");
  endless.timeout = 0.3;
  EXPECT_EQ(pool.call(endless).error().kind, ErrorKind::kTimeout) << "nothing but empty texts";
  EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
}

TEST_P(HostStreams, wait_for_their_reader_and_are_closed_with_it) {
  Pool pool(patient());
  for (const char* function : {"count", "count_async"}) {
    Stream stream = pool.stream(call_of(function, ""));
    EXPECT_EQ(stream.next()->json(), "1");
    lines_.wait_for("made 256.", function == std::string("count") ? 1 : 2);
    stream.close();
    lines_.wait_for("closed after ", function == std::string("count") ? 1 : 2);
    EXPECT_THAT(joined(pool, "words"), HasSubstr("Hiyou")) << "the host goes on";
  }
  EXPECT_EQ(pool.stats().restarts, 0U);
}

TEST_P(HostStreams, go_on_when_they_are_read) {
  Pool pool(options());
  for (const char* function : {"count", "count_async"}) {
    Stream stream = pool.stream(call_of(function, ""));
    for (int i = 1; i <= 2000; ++i) EXPECT_EQ(stream.next()->json(), std::to_string(i)) << function;
  }
}

TEST_P(HostStreams, let_background_tasks_go_on_while_nobody_reads) {
  Pool pool(options());
  Stream stream = pool.stream(call_of("in_the_background", ""));
  ASSERT_TRUE(stream.next());
  lines_.wait_for("the task went on");
  int count = 1;
  while (stream.next()) ++count;
  EXPECT_EQ(count, 301);
  EXPECT_TRUE(stream.outcome());
}

TEST_P(HostStreams, are_interrupted_when_they_run_too_long) {
  Pool pool(patient());
  int cleaned = 0;
  for (const char* function : {"sleeps", "sleeps_async"}) {
    if (GetParam() > 1 && function == std::string("sleeps")) continue;  // a thread that sleeps is not interrupted
    Call call = call_of(function, "");
    call.timeout = 2;
    EXPECT_EQ(pool.call(call).error().kind, ErrorKind::kTimeout) << function;
    lines_.wait_for("cleaned up", ++cleaned);
    Stream stream = pool.stream(call);
    EXPECT_EQ(stream.next()->json(), R"("first")");
    EXPECT_FALSE(stream.next());
    EXPECT_EQ(stream.outcome().error().kind, ErrorKind::kTimeout) << function;
    lines_.wait_for("cleaned up", ++cleaned);
  }
  EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
}

TEST_P(HostStreams, that_nobody_reads_are_closed_when_their_time_is_up) {
  Pool pool(patient());
  int closed = 0;
  for (const char* function : {"count", "count_async"}) {
    Call call = call_of(function, "");
    ++closed;
    for (call.timeout = 2;; *call.timeout *= 2) {  // on a busy machine it takes a larger limit until it waits
      const std::uint64_t failed = pool.stats().failed;
      Stream stream = pool.stream(call);
      while (!lines_.has("made 256.", closed) && pool.stats().failed == failed) std::this_thread::yield();
      const bool waits = pool.stats().failed == failed;
      if (waits) lines_.wait_for("closed after 256.", closed);
      EXPECT_EQ(stream.outcome().error().kind, ErrorKind::kTimeout);
      if (waits) break;
      ASSERT_LT(*call.timeout, 16);
    }
  }
  EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
}

TEST_P(HostStreams, that_end_slowly_are_interrupted) {
  PoolOptions slow = options();
  slow.interrupt_grace = 4;  // they are interrupted after half of it, and end within the other half
  Pool pool(slow);
  int interrupted = 0;
  for (const char* function : {"slow_end", "slow_end_async"}) {
    if (GetParam() > 1 && function == std::string("slow_end")) continue;  // a thread that sleeps is not interrupted
    Stream stream = pool.stream(call_of(function, ""));
    EXPECT_TRUE(stream.next());
    stream.close();
    lines_.wait_for("interrupted", ++interrupted);
    EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
  }
}

TEST_P(HostStreams, that_end_badly_cost_no_host) {
  Pool pool(patient());
  for (const char* function : {"stubborn", "raises_at_its_end"}) {
    Stream stream = pool.stream(call_of(function, ""));
    EXPECT_TRUE(stream.next());
    stream.close();
    EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
  }
  lines_.wait_for("ignored");
  EXPECT_EQ(joined(pool, "words"), R"({"output":"Hiyou"})");
  EXPECT_EQ(pool.stats().restarts, 0U);
}

TEST_P(HostStreams, that_fork_go_on_in_the_parent_alone) {
  Pool pool(options());
  EXPECT_THAT(streamed(pool, "forks"), ElementsAre(R"("before")", R"("parent")", R"("after")", "null"));
  lines_.wait_for("ended 0");
  EXPECT_EQ(joined(pool, "forks"), R"({"output":"beforeparentafter"})");
}

TEST_P(HostStreams, are_told_of_in_the_report) {
  Pool pool(options());
  for (const FunctionReport& function : pool.inspect().functions) {
    const bool streams = function.name == "words" || function.name == "words_async";
    if (streams || function.name == "plain") {
      EXPECT_EQ(function.streams, streams) << function.name;
    }
    EXPECT_TRUE(function.faults.empty()) << function.name;
  }
}

}  // namespace
}  // namespace provider_host
