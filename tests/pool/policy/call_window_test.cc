#include "pool/policy/call_window.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

TEST(CallWindow, HoldsNothingWhileNothingIsKnown) { EXPECT_EQ(CallWindow().size(), 0U); }

TEST(CallWindow, HoldsAsMuchWorkAsItsLookahead) {
  CallWindow window;
  window.on_responses(1, CallWindow::kLookahead / 10);
  EXPECT_EQ(window.size(), 10U);
}

TEST(CallWindow, CountsResponsesThatComeTogetherAsOneAfterTheOther) {
  CallWindow window;
  window.on_responses(10, CallWindow::kLookahead);
  EXPECT_EQ(window.size(), 10U);
}

TEST(CallWindow, HasALimitHoweverQuickTheCallsAre) {
  CallWindow window;
  window.on_responses(1, 0);
  EXPECT_EQ(window.size(), CallWindow::kMaxCalls);
  window.on_responses(5, -1e-3);  // a clock that goes backwards
  EXPECT_EQ(window.size(), CallWindow::kMaxCalls);
}

TEST(CallWindow, HoldsNothingAfterOneSlowCall) {
  CallWindow window;
  for (int i = 0; i < 100; ++i) window.on_responses(1, CallWindow::kLookahead / 40);
  EXPECT_EQ(window.size(), 40U);
  window.on_responses(1, 0.05);
  EXPECT_EQ(window.size(), 0U);
}

TEST(CallWindow, OpensAgainLittleByLittle) {
  CallWindow window;
  window.on_responses(1, 0.05);
  int calls = 0;
  for (; window.size() < 10 && calls < 1000; ++calls) window.on_responses(1, 5e-6);
  EXPECT_GT(calls, 10);
  EXPECT_LT(calls, 50);
}

TEST(CallWindow, IsNotClosedByCallsThatAreSomewhatSlower) {
  CallWindow window;
  window.on_responses(1, CallWindow::kLookahead / 20);
  window.on_responses(1, CallWindow::kLookahead / 4);
  EXPECT_EQ(window.size(), 10U) << "a tenth on average now";
}

}  // namespace
}  // namespace provider_host::internal
