#include "promptfoo/helper/script_hosts.h"

#include <gtest/gtest.h>

namespace provider_host::promptfoo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HelperClock::time_point kStart{};

bool has_none(const std::shared_ptr<WarmHost>& /*host*/) { return false; }
bool has_some(const std::shared_ptr<WarmHost>& /*host*/) { return true; }

TEST(ScriptHosts, KnowHowLongCallsTake) {
  ScriptHosts script;
  script.leased = {{kStart, {}}};
  script.end_call(kStart, kStart + seconds(4));
  script.end_lease(kStart);
  EXPECT_TRUE(script.is_unused());
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(4)).call_time, 4);
  script.leased = {{kStart + seconds(5), {}}};
  script.end_call(kStart + seconds(5), kStart + seconds(5));
  EXPECT_LT(script.call_time, 4);
}

TEST(ScriptHosts, KnowHowLongACallTakesOnceTwoHaveTakenThatLong) {
  ScriptHosts script;
  script.leased = {{kStart + seconds(2), {}}};
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).call_time, 0);
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).overrun, 1);
  script.leased = {{kStart + seconds(2), {}}, {kStart, {}}, {kStart + seconds(3), {}}};
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).call_time, 1);
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).overrun, 2);
  script.call_time = 2;
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).call_time, 2);
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).overrun, 1);
}

TEST(ScriptHosts, AreAboutToBeFreeOnceTheirCallHasEnded) {
  ScriptHosts script;
  script.leased = {{kStart, {}}};
  EXPECT_EQ(script.load(kStart + seconds(1)).running, 1);
  script.end_call(kStart, kStart + seconds(1));
  const ScriptLoad load = script.load(kStart + std::chrono::milliseconds(1900));
  EXPECT_EQ(load.hosts, 1);
  EXPECT_EQ(load.running, 0);
  EXPECT_DOUBLE_EQ(load.call_time, 1);
  EXPECT_DOUBLE_EQ(load.overrun, 0);
  EXPECT_FALSE(script.is_unused());
  const ScriptLoad held = script.load(kStart + seconds(4));  // by a client that does not read, for one
  EXPECT_EQ(held.running, 1);
  EXPECT_GT(held.overrun, 1);
}

TEST(ScriptHosts, AreUsedBeforeNewOnes) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}};
  script.add_new(nullptr, kStart + seconds(1));
  EXPECT_EQ(script.idle.back().since, kStart);
  EXPECT_EQ(script.oldest_idle(), script.idle.end() - 1);
}

TEST(ScriptHosts, EndIdleOnesTheOldestFirstAndTheLastOneLate) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart + seconds(30)}, {nullptr, kStart}};
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.end_idle(kStart + seconds(59), has_none, discarded);
  EXPECT_EQ(discarded.size(), 0U);
  script.end_idle(kStart + seconds(61), has_none, discarded);
  EXPECT_EQ(discarded.size(), 1U);
  script.end_idle(kStart + seconds(200), has_none, discarded);
  EXPECT_EQ(discarded.size(), 1U);
  script.end_idle(kStart + seconds(331), has_none, discarded);
  EXPECT_EQ(discarded.size(), 2U);
  EXPECT_TRUE(script.is_unused());
}

TEST(ScriptHosts, EndWithTheirOwner) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}, {nullptr, kStart}};
  script.settings.owner.pid = 1;
  script.owner_has_ended = true;
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.end_idle(kStart, has_some, discarded);
  EXPECT_EQ(discarded.size(), 2U);
}

TEST(ScriptHosts, AreKeptForTheirOwnerWhileProcessesOfTheirsRun) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}};
  script.settings.owner.pid = 1;
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.end_idle(kStart + seconds(301), has_some, discarded);
  EXPECT_EQ(discarded.size(), 0U);
  script.end_idle(kStart + seconds(301), has_none, discarded);  // it begins anew
  EXPECT_EQ(discarded.size(), 0U);
  script.end_idle(kStart + seconds(602), has_none, discarded);
  EXPECT_EQ(discarded.size(), 1U);
}

TEST(ScriptHosts, ThatGetNoMoreCallsAreKeptForTheirProcessesUntilTheOwnerEnds) {
  ScriptHosts script;
  script.settings.owner.pid = 1;
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.retire(nullptr, false, discarded);
  EXPECT_EQ(discarded.size(), 1U);
  for (int i = 0; i < 5; ++i) script.retire(nullptr, true, discarded);
  EXPECT_EQ(discarded.size(), 2U);  // a few are enough
  EXPECT_FALSE(script.is_unused());
  script.end_idle(kStart + seconds(1000), has_some, discarded);
  EXPECT_EQ(discarded.size(), 2U);
  script.owner_has_ended = true;
  script.end_idle(kStart + seconds(1000), has_some, discarded);
  EXPECT_EQ(discarded.size(), 6U);
  EXPECT_TRUE(script.is_unused());
}

TEST(ScriptHosts, WithoutAnOwnerAreNotKeptForTheirProcesses) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}};
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.end_idle(kStart + seconds(301), has_some, discarded);
  EXPECT_EQ(discarded.size(), 1U);
}

}  // namespace
}  // namespace provider_host::promptfoo
