// What scripts may do: async functions of every kind, and everything that breaks workers sharing their streams with the
// script.
#include <thread>

#include "end_to_end/script_pool.h"
#include "platform/latch.h"

namespace provider_host {
namespace {

Outcome call_function(Pool& pool, const std::string& function, const std::string& prompt) {
  Call call = Call::api_call(prompt);
  call.function = function;
  return pool.call(call);
}

TEST(Async, AClientOfTheModuleStaysOnOneLoop) {
  Pool pool(options_for("async_client.py"));
  for (int i = 0; i < 5; ++i) {
    const Outcome outcome = pool.call_api("hello");
    ASSERT_TRUE(outcome) << text_of(outcome);
    EXPECT_EQ(outcome.value()["loops"], 1);
  }
}

TEST(Async, BackgroundTasksGoOnBetweenCalls) {
  Pool pool(options_for("async_client.py"));
  const int before = pool.call_api("start background").value()["ticks"];
  int ticks = before;
  // The calls themselves turn the loop a few times; it must turn without them too, so the count outgrows them in the
  // end.
  for (int calls = 1; ticks < before + 100 * calls && calls < 10'000; ++calls)
    ticks = pool.call_api("look").value()["ticks"];
  EXPECT_GT(ticks, before);
}

TEST(Async, EveryKindOfCallableWorks) {
  Pool pool(options_for("async_client.py"));
  EXPECT_EQ(text_of(call_function(pool, "async_object", "a")), R"({"output":"async __call__ a"})");
  EXPECT_EQ(text_of(call_function(pool, "behind_a_decorator", "b")), R"({"output":"decorated b"})");
  EXPECT_EQ(text_of(call_function(pool, "returns_awaitable", "c")), R"({"output":"awaitable"})");
  EXPECT_EQ(text_of(call_function(pool, "runs_a_loop_itself", "d")), R"({"output":"own loop"})");
  EXPECT_EQ(text_of(call_function(pool, "model.ask", "e")), R"({"output":"m1: e"})");
  EXPECT_EQ(text_of(call_function(pool, "Model.static", "f")), R"({"output":"static f"})");
  EXPECT_TRUE(pool.call_api("and still on its loop"));
}

class Hostile : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Hostile, DoesNotHurt) {
  Pool pool(options_for("hostile.py"));
  const Outcome outcome = pool.call_api(GetParam().first);
  EXPECT_EQ(text_of(outcome), R"({"output":)" + GetParam().second + "}");
  EXPECT_EQ(text_of(pool.call_api("after")), R"({"output":"after"})");
}

INSTANTIATE_TEST_SUITE_P(Scripts, Hostile,
                         testing::Values(std::pair("read stdin", R"("")"),
                                         std::pair("close descriptors", R"("closed")"),
                                         std::pair("close stdout", R"("closed")"),
                                         std::pair("replace stdout", R"("replaced")"), std::pair("pickle", "3"),
                                         std::pair("multiprocessing fork", "[2,4,6]"),
                                         std::pair("multiprocessing spawn", "[2,4,6]"),
                                         std::pair("inherited descriptors", R"("[0, 1, 2, 3]")"),
                                         std::pair("fork and return", R"("parent")")),
                         [](const auto& parameter) {
                           std::string name = parameter.param.first;
                           std::erase(name, ' ');
                           return name;
                         });

TEST(Script, CannotTellThatItIsNotUnderPython) {
  Pool pool(options_for("hostile.py"));
  const auto report = pool.call_api("who am I").value()["output"];
  EXPECT_EQ(report["argv"], nlohmann::json::array({provider("hostile.py").string()}));
  EXPECT_NE(report["executable"].get<std::string>().find("python"), std::string::npos);
  EXPECT_EQ(report["path0"], std::string(TEST_PROVIDERS));
  EXPECT_EQ(report["name"], "hostile");
  EXPECT_EQ(report["in_modules"], true);
}

TEST(Prints, GoToTheLogInWholeLines) {
  PrintedLines lines;
  Pool pool(options_for("prints.py", &lines));
  ASSERT_TRUE(pool.call_api("hello"));
  EXPECT_EQ(lines.wait_for("out hello"), "stdout: out hello");
  EXPECT_EQ(lines.wait_for("err hello"), "stderr: err hello");
  ASSERT_TRUE(pool.call_api("any bytes"));
  EXPECT_EQ(lines.wait_for("bad bytes"), "stderr: \uFFFD\uFFFD bad bytes");
}

TEST(Prints, AnEndlessLineIsCut) {
  PrintedLines lines;
  Pool pool(options_for("prints.py", &lines));
  ASSERT_TRUE(pool.call_api("endless line"));
  EXPECT_EQ(lines.wait_for("after"), "stdout: after");
  EXPECT_LT(lines.wait_for("line cut").size(), 70'000U);
}

TEST(Prints, AreCapturedWithTheirCall) {
  PoolOptions options = options_for("prints.py");
  options.capture = true;
  Pool pool(options);
  for (const std::string prompt : {"one", "two"}) {
    const Outcome outcome = pool.call_api(prompt);
    EXPECT_EQ(outcome.stdout_text, "out " + prompt + "\n");
    EXPECT_EQ(outcome.stderr_text, "err " + prompt + "\n");
  }
}

TEST(Prints, OfTheImportAreInTheLogOnceItIsFlushed) {
  PoolOptions options = options_for("prints_at_import.py");
  platform::Latch is_flushing;
  std::string printed;
  options.log = [&](const LogLine& line) {
    is_flushing.wait();
    printed += std::string(line.source) + ": " + std::string(line.text) + "\n";
  };
  Pool pool(options);
  const std::jthread opener([&] { is_flushing.open(); });
  pool.flush_log();
  EXPECT_EQ(printed, "stdout: imported\n");
}

TEST(Inspect, ListsFunctionsWithTheirKind) {
  Pool pool(options_for("async_client.py"));
  const ScriptReport report = pool.inspect();
  const auto found = std::ranges::find_if(report.functions, [](const auto& f) { return f.name == "call_api"; });
  ASSERT_NE(found, report.functions.end());
  EXPECT_EQ(found->kind, "async");
  EXPECT_EQ(found->signature, "(prompt, options, context)");
  EXPECT_TRUE(found->faults.empty());
  EXPECT_TRUE(report.python_version.starts_with("3."));
}

}  // namespace
}  // namespace provider_host
