#include "cli/batch/batch_window.h"

#include <gtest/gtest.h>

#include <future>

namespace provider_host::cli {
namespace {

void add(BatchWindow& window, std::uint64_t index, std::size_t bytes = 1) {
  BatchItem item;
  item.index = index;
  window.add(std::move(item), bytes);
}

std::vector<std::uint64_t> indexes(const std::vector<SettledItem>& settled) {
  std::vector<std::uint64_t> result;
  for (const auto& each : settled) result.push_back(each.item.index);
  return result;
}

using Indexes = std::vector<std::uint64_t>;

TEST(BatchWindow, GivesOutcomesInTheOrderOfTheInput) {
  BatchWindow window({});
  for (std::uint64_t i = 0; i < 3; ++i) add(window, i);
  window.settle(2, Outcome::success("2"));
  window.settle(0, Outcome::success("0"));
  EXPECT_EQ(indexes(window.take()), Indexes{0});
  window.settle(1, Outcome::success("1"));
  EXPECT_EQ(indexes(window.take()), (Indexes{1, 2}));
}

TEST(BatchWindow, GivesOutcomesAsTheyComeWhenOrderDoesNotMatter) {
  BatchWindow window({.ordered = false});
  for (std::uint64_t i = 0; i < 3; ++i) add(window, i);
  window.settle(2, Outcome::success("2"));
  window.settle(0, Outcome::success("0"));
  EXPECT_EQ(indexes(window.take()), (Indexes{2, 0}));
}

TEST(BatchWindow, EndsWhenTheLastOneWasTaken) {
  BatchWindow window({});
  add(window, 0);
  window.finish();
  window.settle(0, Outcome::success("0"));
  EXPECT_EQ(window.take().size(), 1U);
  EXPECT_TRUE(window.take().empty());
}

// Whether there is space right now; closing ends the wait, so this is the last call of the window.
bool has_space(BatchWindow& window) {
  auto has_space = std::async(std::launch::async, [&window] { return window.wait_for_space(); });
  window.close();
  return has_space.get();
}

TEST(BatchWindow, AFullWindowLetsNobodyInUntilItIsClosed) {
  BatchWindow by_calls({.calls = 2});
  add(by_calls, 0);
  ASSERT_TRUE(by_calls.wait_for_space());
  add(by_calls, 1);
  EXPECT_FALSE(has_space(by_calls));
}

TEST(BatchWindow, CountsTheBytesOfArgumentsAndResults) {
  BatchWindow window({.bytes = 10});
  add(window, 0, 6);
  ASSERT_TRUE(window.wait_for_space());
  window.settle(0, Outcome::success(std::string(6, '1')));
  EXPECT_FALSE(has_space(window));
}

TEST(BatchWindow, TakingMakesRoom) {
  BatchWindow window({.calls = 1});
  add(window, 0, 1000);
  window.settle(0, Outcome::success("0"));
  window.take();
  EXPECT_TRUE(window.wait_for_space());
}

}  // namespace
}  // namespace provider_host::cli
