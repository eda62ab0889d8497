// Several calls at a time in one host: each gets its own result or its own error.
#include <atomic>
#include <functional>
#include <thread>

#include "end_to_end/several_pool.h"

namespace provider_host {
namespace {

TEST_F(Several, AThousandAsyncCallsAreInFlightAtOnce) {
  Pool pool(options(1000));
  std::vector<Pending> calls;
  for (int i = 0; i < 1000; ++i) calls.push_back(submit(pool, "meet_async", std::to_string(i), {{"count", 1000}}));
  for (int i = 0; i < 1000; ++i) expect_output(calls[static_cast<std::size_t>(i)].get(), std::to_string(i));
  expect_all_settled_once(pool);
}

TEST_F(Several, SyncCallsRunInAsManyThreads) {
  Pool pool(options(32));
  std::vector<Pending> calls;
  for (int i = 0; i < 32; ++i) calls.push_back(submit(pool, "meet", std::to_string(i), {{"count", 32}}));
  for (int i = 0; i < 32; ++i) expect_output(calls[static_cast<std::size_t>(i)].get(), std::to_string(i));
  expect_all_settled_once(pool);
}

TEST_F(Several, SyncAndAsyncCallsMayBeMixed) {
  Pool pool(options());
  const std::vector<std::string> functions{"call_api", "ask", "ask_later"};
  std::vector<Pending> calls;
  for (std::size_t i = 0; i < 300; ++i) calls.push_back(submit(pool, functions[i % 3], std::to_string(i)));
  for (std::size_t i = 0; i < 300; ++i) expect_output(calls[i].get(), std::to_string(i));
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

TEST_F(Several, LargeResultsAndSmallOnesAreNotMixedUp) {
  Pool pool(options());
  const std::vector<std::string> functions{"call_api", "ask", "ask_later"};
  std::vector<Pending> calls;
  for (std::size_t i = 0; i < 40; ++i)
    calls.push_back(submit(pool, functions[i % 3], (i % 4 == 0 ? "large " : "small ") + std::to_string(i)));
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    expect_output(calls[i].get(), i % 4 == 0 ? "large " + number + std::string(5'000'000, 'x') : "small " + number);
  }
  expect_all_settled_once(pool);
}

TEST_F(Several, WhatIsRaisedInOneIsThatCallsError) {
  Pool pool(options());
  const auto held = hold_four(pool);
  for (const std::string function : {"call_api", "ask", "ask_later"}) {
    for (const auto& [prompt, type] : std::map<std::string, std::string>{{"raise", "ValueError"},
                                                                         {"sys.exit", "SystemExit"},
                                                                         {"KeyboardInterrupt", "KeyboardInterrupt"},
                                                                         {"CancelledError", "CancelledError"}}) {
      const Outcome outcome = submit(pool, function, prompt).get();
      expect_error(outcome, ErrorKind::kPythonException);
      EXPECT_NE(outcome.error().type.find(type), std::string::npos) << outcome.error().type;
      EXPECT_NE(outcome.error().traceback.find("several.py"), std::string::npos) << text_of(outcome);
    }
    expect_output(submit(pool, function, "fine").get(), "fine");
  }
  expect_to_end(held, {"a", "b", "c", "d"});
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

TEST_F(Several, LinesThatArePrintedAtOnceStayWhole) {
  Pool pool(options());
  std::vector<Pending> calls;
  for (int i = 0; i < 100; ++i)
    calls.push_back(submit(pool, i % 2 == 0 ? "call_api" : "ask", "print " + std::to_string(i) + "."));
  for (int i = 0; i < 100; ++i) {
    const std::string line = "print " + std::to_string(i) + ".";
    expect_output(calls[static_cast<std::size_t>(i)].get(), line);
    EXPECT_EQ(lines_.wait_for(line), "stdout: " + line);
  }
}

TEST_F(Several, ACallbackMaySubmitTheNextCall) {
  constexpr int kCalls = 400;
  Pool pool(options());
  std::atomic<int> next = 0;
  Settlings ends;
  const auto end = ends.expect("end");
  std::function<void(int)> submit_one = [&](int number) {
    Call call = Call::api_call(std::to_string(number));
    call.function = number % 2 == 0 ? "call_api" : "ask";
    pool.submit(std::move(call), [&, number](const Outcome& outcome) {
      expect_output(outcome, std::to_string(number));
      if (const int another = next++; another < kCalls) return submit_one(another);
      end(outcome);
    });
  };
  for (int i = 0; i < 8; ++i) submit_one(next++);
  ends.wait_for(8);
  EXPECT_EQ(pool.stats().succeeded, static_cast<std::uint64_t>(kCalls));
}

TEST_F(Several, BlockingCallsOfManyThreadsShareAHost) {
  Pool pool(options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string prompt = std::to_string(t) + "/" + std::to_string(i);
        expect_output(pool.call_api(prompt), prompt);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().succeeded, 200U);
}

TEST_F(Several, CallsWaitForAThreadWhenNoMoreCanBeStarted) {
  PoolOptions few = options(16);
  few.script = provider("few_threads.py");
  Pool pool(few);
  const Outcome none = submit(pool, "call_api", "x").get();
  expect_error(none, ErrorKind::kPythonException);
  EXPECT_EQ(none.error().message, "can't start new thread");
  expect_output(submit(pool, "allow", "3").get(), "3");
  std::vector<Pending> calls;
  for (int i = 0; i < 12; ++i) calls.push_back(submit(pool, "call_api", std::to_string(i)));
  expect_output(submit(pool, "release", "y").get(), "y");
  for (int i = 0; i < 12; ++i) expect_output(calls[static_cast<std::size_t>(i)].get(), std::to_string(i));
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

class LoopFailure : public Several, public testing::WithParamInterface<std::string> {};

TEST_P(LoopFailure, OfOneCallLeavesTheOthersAlone) {
  Pool pool(options());
  const auto held = hold_four(pool);
  EXPECT_TRUE(submit(pool, "ask", GetParam()).wait_for(30));
  expect_output(submit(pool, "ask", "after").get(), "after");
  expect_output(submit(pool, "call_api", "after").get(), "after");
  expect_to_end(held, {"a", "b", "c", "d"});
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

INSTANTIATE_TEST_SUITE_P(Several, LoopFailure, testing::Values("stop the loop", "close the loop", "close stdout"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(Several, AScriptThatClosesTheDescriptorsOfTheLoopCostsTheCallsOnItAtMost) {
  Pool pool(options());
  const auto held = hold_four(pool);
  EXPECT_TRUE(submit(pool, "ask", "close descriptors").wait_for(30));
  for (const std::string prompt : {"a", "c"}) open(prompt);
  expect_output(held[0].get(), "a");
  expect_output(held[2].get(), "c");
  for (const std::size_t i : {1U, 3U}) expect_error(held[i].get(), ErrorKind::kPythonException);
  for (const std::string function : {"call_api", "ask", "ask_later"})
    expect_output(submit(pool, function, "after").get(), "after");
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

// Some of them are cancelled before their first line has run.
TEST_F(Several, ACallThatCancelsAllTasksLeavesNoneUnsettled) {
  Pool pool(options(64));
  const auto held = hold_four(pool);
  const Pending blocking = hold(pool, "block_the_loop", "block");
  std::vector<Pending> calls{submit(pool, "cancel_everyone", "cancel")};
  for (int i = 0; i < 30; ++i) calls.push_back(submit(pool, i % 2 == 0 ? "ask" : "ask_later", std::to_string(i)));
  while (pool.stats().hosts[0].in_flight < 36) std::this_thread::yield();
  open("block");
  for (const Pending& call : calls) {
    ASSERT_TRUE(call.wait_for(30));
    if (!call.get()) {
      expect_error(call.get(), ErrorKind::kPythonException);
    }
  }
  expect_output(blocking.get(), "block");
  for (const std::size_t i : {1U, 3U}) expect_error(held[i].get(), ErrorKind::kPythonException);
  for (const std::string prompt : {"a", "b", "c", "d"}) open(prompt);
  expect_output(held[0].get(), "a");
  expect_output(held[2].get(), "c");
  EXPECT_EQ(pool.stats().restarts, 0U);
  expect_all_settled_once(pool);
}

}  // namespace
}  // namespace provider_host
