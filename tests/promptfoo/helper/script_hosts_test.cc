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
  script.running = {kStart, kStart + seconds(1)};
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(3)).call_time, 3);  // one runs for as long already
  script.note_call(kStart, kStart + seconds(4));
  EXPECT_EQ(script.running.size(), 1U);
  EXPECT_DOUBLE_EQ(script.load(kStart + seconds(4)).call_time, 4);
  script.running.push_back(kStart + seconds(5));
  script.note_call(kStart + seconds(5), kStart + seconds(5));
  EXPECT_LT(script.call_time, 4);
}

TEST(ScriptHosts, EndIdleOnesTheOldestFirstAndTheLastOneLate) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}, {nullptr, kStart + seconds(30)}};
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
