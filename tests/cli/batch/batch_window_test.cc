#include "cli/batch/batch_window.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace provider_host::cli {
namespace {

void add(BatchWindow& window, std::uint64_t index, std::size_t bytes = 1) {
  BatchWindow::NewItem item{.item = {.index = index}, .bytes = bytes};
  ASSERT_TRUE(window.add({&item, 1}));
  ASSERT_EQ(item.tag, index) << "nothing was taken yet";
}

void settle(BatchWindow& window, std::uint64_t tag, const std::string& json) {
  TaggedOutcome outcome{tag, Outcome::success(json)};
  window.on_settled({&outcome, 1});
}

std::vector<std::uint64_t> indexes(std::span<SettledItem* const> settled) {
  std::vector<std::uint64_t> result;
  for (const auto* each : settled) result.push_back(each->item.index);
  return result;
}

using Indexes = std::vector<std::uint64_t>;

TEST(BatchWindow, GivesOutcomesInTheOrderOfTheInput) {
  BatchWindow window({});
  for (std::uint64_t i = 0; i < 3; ++i) add(window, i);
  settle(window, 2, "2");
  settle(window, 0, "0");
  EXPECT_EQ(indexes(window.take()), Indexes{0});
  settle(window, 1, "1");
  EXPECT_EQ(indexes(window.take()), (Indexes{1, 2}));
}

TEST(BatchWindow, GivesOutcomesAsTheyComeWhenOrderDoesNotMatter) {
  BatchWindow window({.ordered = false});
  for (std::uint64_t i = 0; i < 3; ++i) add(window, i);
  settle(window, 2, "2");
  settle(window, 0, "0");
  EXPECT_EQ(indexes(window.take()), (Indexes{2, 0}));
}

TEST(BatchWindow, EndsWhenTheLastOneWasTaken) {
  BatchWindow window({});
  add(window, 0);
  window.finish();
  settle(window, 0, "0");
  EXPECT_EQ(window.take().size(), 1U);
  EXPECT_TRUE(window.take().empty());
}

// Whether there is space right now; closing ends the wait, so this is the last call of the window.
bool has_space(BatchWindow& window) {
  auto has_space = std::async(std::launch::async, [&window] { return window.wait_for_space() > 0; });
  window.close();
  return has_space.get();
}

TEST(BatchWindow, AFullWindowLetsNobodyInUntilItIsClosed) {
  BatchWindow by_calls({.calls = 2});
  add(by_calls, 0);
  ASSERT_EQ(by_calls.wait_for_space(), 1U);
  add(by_calls, 1);
  EXPECT_FALSE(has_space(by_calls));
}

TEST(BatchWindow, CountsTheBytesOfArgumentsAndResults) {
  BatchWindow window({.bytes = 10});
  add(window, 0, 6);
  ASSERT_GT(window.wait_for_space(), 0U);
  settle(window, 0, std::string(6, '1'));
  EXPECT_FALSE(has_space(window));
}

TEST(BatchWindow, AClosedWindowTakesNothing) {
  BatchWindow window({});
  window.close();
  BatchWindow::NewItem item{.item = {.index = 0}};
  EXPECT_FALSE(window.add({&item, 1}));
  window.finish();
  EXPECT_TRUE(window.take().empty());
}

// A call whose handle is not there yet could begin after the signal was handled.
TEST(BatchWindow, CancellingWaitsForTheHandlesOfCallsThatWereJustAdded) {
  BatchWindow window({});
  add(window, 0);
  window.close();
  std::atomic<bool> is_attaching = false;
  auto was_attaching = std::async(std::launch::async, [&] {
    window.cancel_waiting();
    return is_attaching.load();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that it waits already
  is_attaching = true;
  settle(window, 0, "0");
  const std::uint64_t tag = 0;
  Pending pending;
  window.attach({&tag, 1}, {&pending, 1});
  EXPECT_TRUE(was_attaching.get());
}

TEST(BatchWindow, TellsThatItsBytesAreUsedUpBeforeItsCallsAre) {
  BatchWindow window({.calls = 64, .bytes = 10});
  EXPECT_TRUE(window.has_space_for_bytes());
  ASSERT_EQ(window.wait_for_space(), 64U);
  add(window, 0, 10);
  EXPECT_FALSE(window.has_space_for_bytes());
  settle(window, 0, "0");
  window.take();
  EXPECT_TRUE(window.has_space_for_bytes());
}

TEST(BatchWindow, TakingMakesRoom) {
  BatchWindow window({.calls = 1});
  add(window, 0, 1000);
  settle(window, 0, "0");
  window.take();
  EXPECT_GT(window.wait_for_space(), 0U);
}

TEST(BatchWindow, AnOldCallDoesNotHoldUpThoseBehindItWhenOrderDoesNotMatter) {
  BatchWindow window({.calls = 2, .ordered = false});
  BatchWindow::NewItem old{.item = {.index = 0}};
  ASSERT_TRUE(window.add({&old, 1}));
  for (std::uint64_t i = 1; i < 100; ++i) {
    ASSERT_GT(window.wait_for_space(), 0U);
    BatchWindow::NewItem item{.item = {.index = i}};
    ASSERT_TRUE(window.add({&item, 1}));
    settle(window, item.tag, "1");
    EXPECT_EQ(indexes(window.take()), Indexes{i});
  }
  settle(window, old.tag, "0");
  EXPECT_EQ(indexes(window.take()), Indexes{0});
}

// For the sanitizers of threads, too: the writer is done with a call while its handle arrives.
TEST(BatchWindow, HandlesMayComeWhenTheirCallsWereTaken) {
  constexpr std::uint64_t kCalls = 2000;
  BatchWindow window({.calls = 8});
  auto written = std::async(std::launch::async, [&window] {
    std::uint64_t count = 0;
    for (auto taken = window.take(); !taken.empty(); taken = window.take()) count += taken.size();
    return count;
  });
  for (std::uint64_t i = 0; i < kCalls; ++i) {
    ASSERT_GT(window.wait_for_space(), 0U);
    BatchWindow::NewItem item{.item = {.index = i}};
    ASSERT_TRUE(window.add({&item, 1}));
    settle(window, item.tag, "1");
    Pending pending;
    if (i % 3 == 0) std::this_thread::yield();
    window.attach({&item.tag, 1}, {&pending, 1});
    window.cancel_waiting();  // of those that are settled none
  }
  window.finish();
  EXPECT_EQ(written.get(), kCalls);
}

TEST(BatchWindow, TheWriterIsWokenForOneCallAfterAWhile) {
  BatchWindow window({.calls = 1000});
  for (std::uint64_t i = 0; i < 2; ++i) add(window, i);
  settle(window, 0, "0");
  EXPECT_EQ(indexes(window.take()), Indexes{0});
  auto next = std::async(std::launch::async, [&window] { return indexes(window.take()); });
  settle(window, 1, "1");
  EXPECT_EQ(next.get(), Indexes{1});
}

TEST(ReadAhead, GrowsWhileCallsAreFastAndShrinksWhenTheyAreSlow) {
  ReadAhead ahead(64, 256);
  ReadAhead::Clock::time_point now{std::chrono::hours(1)};
  const auto pass = [&](std::size_t count, ReadAhead::Clock::duration time) {
    now += time;
    ahead.on_done(count, now);
    return ahead.calls();
  };
  EXPECT_EQ(pass(1, {}), 64U);
  EXPECT_EQ(pass(62, ReadAhead::kShort / 2), 64U) << "not a whole window yet";
  EXPECT_EQ(pass(1, {}), 128U);
  EXPECT_EQ(pass(1000, ReadAhead::kShort), 256U) << "many windows in that time";
  EXPECT_EQ(pass(1000, ReadAhead::kShort), 256U) << "no more than this";
  EXPECT_EQ(pass(256, ReadAhead::kShort * 2), 256U);
  EXPECT_EQ(pass(256, ReadAhead::kLong * 2), 128U);
  EXPECT_EQ(pass(128, ReadAhead::kLong * 2), 64U);
  EXPECT_EQ(pass(64, ReadAhead::kLong * 2), 64U) << "no less than this";
}

}  // namespace
}  // namespace provider_host::cli
