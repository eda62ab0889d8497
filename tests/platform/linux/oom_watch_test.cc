#include "platform/oom_watch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "helpers/temporary_directory.h"

namespace provider_host::platform {
namespace {

class OomWatchTest : public testing::Test {
 protected:
  OomWatchTest() {
    std::filesystem::create_directories(proc() / "self");
    std::filesystem::create_directories(cgroups() / "app");
  }
  [[nodiscard]] std::filesystem::path proc() const { return directory_.path() / "proc"; }
  [[nodiscard]] std::filesystem::path cgroups() const { return directory_.path() / "cgroup"; }
  void group_has(int kills) const {
    std::ofstream(proc() / "self/cgroup") << "0::/app\n";
    std::ofstream(cgroups() / "app/memory.events") << "low 0\nmax 3\noom 9\noom_kill " << kills << "\n";
  }
  void machine_has(int kills) const { std::ofstream(proc() / "vmstat") << "nr_free 12\noom_kill " << kills << "\n"; }

  TemporaryDirectory directory_;
};

TEST_F(OomWatchTest, ExplainsAsManyKillsAsItsGroupHasHad) {
  group_has(5);
  machine_has(100);
  OomWatch watch(proc(), cgroups());
  EXPECT_FALSE(watch.explains_a_kill());
  group_has(7);
  EXPECT_TRUE(watch.explains_a_kill());
  EXPECT_TRUE(watch.explains_a_kill());
  EXPECT_FALSE(watch.explains_a_kill());
}

TEST_F(OomWatchTest, LooksAtTheMachineWhereThereIsNoGroup) {
  machine_has(1);
  OomWatch watch(proc(), cgroups());
  EXPECT_FALSE(watch.explains_a_kill());
  machine_has(2);
  EXPECT_TRUE(watch.explains_a_kill());
}

TEST_F(OomWatchTest, ClaimsNothingWhereNothingCanBeRead) {
  OomWatch watch(proc(), cgroups());
  EXPECT_FALSE(watch.explains_a_kill());
}

}  // namespace
}  // namespace provider_host::platform
