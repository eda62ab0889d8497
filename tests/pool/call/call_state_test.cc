#include "pool/call/call_state.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace provider_host::internal {
namespace {

constexpr TimePoint kSubmittedAt(std::chrono::hours(1));

std::shared_ptr<CallState> make_state(double timeout, double deadline, CallState::OnSettled on_settled = nullptr) {
  return std::make_shared<CallState>(7, Submission{.call = Call::api_call("Hi")},
                                     CallLimits{.timeout = timeout, .deadline = deadline}, kSubmittedAt,
                                     std::move(on_settled));
}

TEST(CallState, HasTheFrameOfItsCall) {
  const auto state = make_state(0, 0);
  std::string frame;
  for (const auto part : state->frame()) frame += part;
  EXPECT_EQ(frame.substr(4), R"({"type":"call","id":7,"function":"call_api","api":"call","args":["Hi",{},{}]})");
  EXPECT_EQ(frame[3], '\x4d');
  EXPECT_EQ(state->frame_size(), frame.size());
}

TEST(CallState, NamesTheFunctionOfItsApiUnlessToldOtherwise) {
  Call call = Call::embedding("x");
  EXPECT_EQ(CallState(1, {.call = call}, {}, kSubmittedAt, nullptr).function, "call_embedding_api");
  call.function = "mine";
  EXPECT_EQ(CallState(1, {.call = call}, {}, kSubmittedAt, nullptr).function, "mine");
}

TEST(CallState, KnowsItsInputByItsArgumentsUnlessToldOtherwise) {
  const auto hash = [](const std::string& prompt, std::uint64_t input) {
    Call call = Call::api_call(prompt);
    call.input = input;
    return CallState(1, {.call = call}, {}, kSubmittedAt, nullptr).input_hash();
  };
  EXPECT_EQ(hash("a", 0), hash("a", 0));
  EXPECT_NE(hash("a", 0), hash("b", 0));
  EXPECT_EQ(hash("a", 7), hash("b", 7));
  EXPECT_NE(hash("a", 7), hash("a", 8));
}

TEST(CallState, RunsUntilTheEarlierOfTimeoutAndDeadline) {
  const TimePoint start = kSubmittedAt + seconds(10);
  EXPECT_EQ(make_state(0, 0)->run_until(start), std::nullopt);
  EXPECT_EQ(make_state(5, 0)->run_until(start), start + seconds(5));
  EXPECT_EQ(make_state(0, 12)->run_until(start), kSubmittedAt + seconds(12));
  EXPECT_EQ(make_state(5, 12)->run_until(start), kSubmittedAt + seconds(12));
  EXPECT_EQ(make_state(5, 100)->run_until(start), start + seconds(5));
}

TEST(CallState, IsDueWithItsNextItemOrAsAWhole) {
  const auto make = [](const CallLimits& limits) {
    Submission submission{.call = Call::api_call("Hi"), .mode = wire::CallMode::kStream};
    auto state = std::make_shared<CallState>(7, std::move(submission), limits, kSubmittedAt, nullptr);
    state->started = kSubmittedAt + seconds(10);
    return state;
  };
  const TimePoint start = kSubmittedAt + seconds(10);
  EXPECT_EQ(make({})->next_limit(), std::nullopt);
  EXPECT_EQ(make({.item_timeout = 3})->next_limit(), start + seconds(3)) << "the first item counts from the start";
  EXPECT_EQ(make({.timeout = 2, .item_timeout = 3})->next_limit(), start + seconds(2));
  const auto state = make({.timeout = 7, .item_timeout = 3});
  state->progress = start + seconds(2);
  EXPECT_EQ(state->next_limit(), start + seconds(5));
  state->progress = start + seconds(5);
  EXPECT_EQ(state->next_limit(), start + seconds(7));
}

TEST(CallState, IsNotLateWhileItsHostWaitsForItsReader) {
  Submission submission{.call = Call::api_call("Hi"), .mode = wire::CallMode::kStream};
  const CallLimits limits{.timeout = 7, .item_timeout = 3};
  CallState state(7, std::move(submission), limits, kSubmittedAt, nullptr);
  state.started = kSubmittedAt;
  ASSERT_TRUE(state.items->spend(wire::StreamCredit::kInitial));
  EXPECT_EQ(state.item_until(), std::nullopt);
  EXPECT_EQ(state.next_limit(), kSubmittedAt + seconds(7));
}

TEST(CallState, SettlesOnce) {
  int calls = 0;
  const auto state = make_state(0, 0, [&](const Outcome& outcome) {
    ++calls;
    EXPECT_EQ(outcome.json(), "1");
  });
  EXPECT_FALSE(state->settled());
  EXPECT_FALSE(state->wait_for(0));
  EXPECT_TRUE(state->settle(Outcome::success("1")));
  EXPECT_FALSE(state->settle(Outcome::success("2")));
  EXPECT_TRUE(state->settled());
  EXPECT_TRUE(state->wait_for(0));
  EXPECT_EQ(state->wait().json(), "1");
  EXPECT_EQ(calls, 0) << "its callback is for somebody else to run";
  ASSERT_TRUE(state->has_callback());
  state->run_callback();
  EXPECT_EQ(calls, 1);
}

TEST(CallState, TellsWhichHostHadIt) {
  const auto state = make_state(0, 0);
  state->host = 3;
  state->pid = 99;
  Outcome outcome = Outcome::success("1");
  state->complete(outcome);
  state->settle(std::move(outcome));
  EXPECT_EQ(state->wait().host, 3);
  EXPECT_EQ(state->wait().pid, 99);
}

TEST(CallState, LetsItsCallbackLookAtIt) {
  std::shared_ptr<CallState> state;
  bool settled_inside = false;
  state = make_state(0, 0, [&](const Outcome&) { settled_inside = state->settled(); });
  state->settle(Outcome::success("1"));
  state->run_callback();
  EXPECT_TRUE(settled_inside);
}

TEST(CallState, HasOneWinnerWhenManyThreadsSettleIt) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> winners = 0;
    std::atomic<int> winner = -1;
    const auto state = make_state(0, 0);
    std::vector<std::thread> threads;
    threads.emplace_back([&] { state->wait(); });
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        if (!state->settle(Outcome::success(std::to_string(i)))) return;
        ++winners;
        winner = i;
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(winners, 1);
    ASSERT_EQ(state->wait().json(), std::to_string(winner));
  }
}

TEST(CallState, HasTheSameInputHoweverItsPromptWasPassed) {
  const std::string prompt(20'000, 'k');
  const nlohmann::json object = nlohmann::json::object();
  const auto hash = [](Submission submission) {
    return CallState(1, std::move(submission), {}, kSubmittedAt, nullptr).input_hash();
  };
  Submission apart = Submission::of_api(Api::kCall, prompt, {&object, &object});
  ASSERT_FALSE(apart.prompt.empty());
  const std::uint64_t whole = hash({.call = Call::api_call(prompt)});
  EXPECT_EQ(hash(std::move(apart)), whole);
  EXPECT_NE(hash({.call = Call::api_call(prompt + "k")}), whole);
  EXPECT_NE(hash({.call = Call::embedding(prompt)}), whole);
}

}  // namespace
}  // namespace provider_host::internal
