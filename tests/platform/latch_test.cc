#include "platform/latch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace provider_host::platform {
namespace {

TEST(Latch, IsClosedUntilItIsOpened) {
  Latch latch;
  EXPECT_FALSE(latch.is_open());
  EXPECT_FALSE(latch.wait(Latch::Clock::now()));
  EXPECT_FALSE(latch.wait(Latch::Clock::time_point::min()));
  EXPECT_FALSE(latch.wait(Latch::Clock::now() + std::chrono::milliseconds(1)));
  latch.open();
  EXPECT_TRUE(latch.is_open());
  EXPECT_TRUE(latch.wait());
  EXPECT_TRUE(latch.wait(Latch::Clock::now()));
}

TEST(Latch, LetsAllGoThatWait) {
  for (int round = 0; round < 100; ++round) {
    Latch latch;
    int written = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (i % 2 == 0) {
          latch.wait();
        } else {
          EXPECT_TRUE(latch.wait(Latch::Clock::time_point::max()));
        }
        EXPECT_EQ(written, 1);
      });
    }
    written = 1;
    latch.open();
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Latch, MayBeDestroyedByWhoFindsItOpen) {
  for (int round = 0; round < 1000; ++round) {
    auto* latch = new Latch;  // NOLINT(cppcoreguidelines-owning-memory)
    std::thread waiting([latch] {
      const std::unique_ptr<Latch> mine(latch);
      mine->wait();
    });
    latch->open();
    waiting.join();
  }
}

}  // namespace
}  // namespace provider_host::platform
