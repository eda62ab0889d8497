#include "base/spin.h"

#include <gtest/gtest.h>

namespace provider_host {
namespace {

bool never() { return false; }

TEST(Spin, AsksOnceWhenTheAnswerIsThere) {
  Spin spin;
  int attempts = 0;
  EXPECT_TRUE(spin.until([&] { return ++attempts == 1; }));
  EXPECT_EQ(attempts, 1);
}

TEST(Spin, AsksAgain) {
  Spin spin;
  int attempts = 0;
  EXPECT_TRUE(spin.until([&] { return ++attempts == 2; }));
}

TEST(Spin, GivesUpOnAPeerThatIsSlowButTriesNowAndThen) {
  Spin spin;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(spin.until(never));
  int waits = 0;
  int spun = 0;
  for (; waits < 64; ++waits) {
    int attempts = 0;
    spin.until([&] { return ++attempts > 1'000'000; });
    spun += attempts > 1 ? 1 : 0;
  }
  EXPECT_EQ(spun, 64 / 16);
}

TEST(Spin, TrustsAPeerAgainThatWasQuickOnce) {
  Spin spin;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(spin.until(never));
  for (int i = 0; i < 16; ++i) {  // one of these waits is tried
    int attempts = 0;
    spin.until([&] { return ++attempts > 1; });
  }
  int attempts = 0;
  EXPECT_TRUE(spin.until([&] { return ++attempts > 1; }));
}

}  // namespace
}  // namespace provider_host
