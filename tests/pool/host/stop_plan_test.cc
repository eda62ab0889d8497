#include "pool/host/stop_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace provider_host::internal {
namespace {

std::vector<StopAction> first_actions(StopPlan plan, int count) {
  std::vector<StopAction> actions;
  for (int i = 0; i < count; ++i) actions.push_back(plan.next().value().action);
  return actions;
}

TEST(StopPlan, AsksThenLooksWhereItIsThenTerminatesThenKillsForEver) {
  using enum StopAction;
  EXPECT_EQ(first_actions(StopPlan::graceful(2), 6),
            (std::vector<StopAction>{kCloseWriting, kRequestStacks, kTerminate, kKill, kKill, kKill}));
  EXPECT_DOUBLE_EQ(StopPlan::graceful(2.5).next().value().wait, 2.5);
}

TEST(StopPlan, InterruptsCodeThatRunsAndThenKills) {
  using enum StopAction;
  EXPECT_EQ(first_actions(StopPlan::forced(1), 3), (std::vector<StopAction>{kCloseWriting, kKill, kKill}));
  EXPECT_DOUBLE_EQ(StopPlan::forced(0.5).next().value().wait, 0.5);
}

TEST(StopPlan, KillsAtOnceWhatCannotBeTrusted) {
  EXPECT_EQ(first_actions(StopPlan::killing(), 2), (std::vector<StopAction>{StopAction::kKill, StopAction::kKill}));
}

TEST(StopPlan, HasNoStepsAtFirst) { EXPECT_FALSE(StopPlan().next().has_value()); }

}  // namespace
}  // namespace provider_host::internal
