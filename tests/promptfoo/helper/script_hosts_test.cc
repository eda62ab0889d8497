#include "promptfoo/helper/script_hosts.h"

#include <gtest/gtest.h>

namespace provider_host::promptfoo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HelperClock::time_point kStart{};

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
  script.end_idle(kStart + seconds(59), discarded);
  EXPECT_EQ(discarded.size(), 0U);
  script.end_idle(kStart + seconds(61), discarded);
  EXPECT_EQ(discarded.size(), 1U);
  script.end_idle(kStart + seconds(200), discarded);
  EXPECT_EQ(discarded.size(), 1U);
  script.end_idle(kStart + seconds(331), discarded);
  EXPECT_EQ(discarded.size(), 2U);
  EXPECT_TRUE(script.is_unused());
}

TEST(ScriptHosts, EndWithTheirOwner) {
  ScriptHosts script;
  script.idle = {{nullptr, kStart}, {nullptr, kStart}};
  script.owner_has_ended = true;
  std::vector<std::shared_ptr<WarmHost>> discarded;
  script.end_idle(kStart, discarded);
  EXPECT_EQ(discarded.size(), 2U);
}

}  // namespace
}  // namespace provider_host::promptfoo
