#include "platform/available_memory.h"

#include <gtest/gtest.h>

namespace provider_host::platform {
namespace {

TEST(AvailableMemory, IsShortBelowAFewPercent) {
  EXPECT_TRUE(memory_is_short("MemTotal:   1000 kB\nMemFree: 10 kB\nMemAvailable:   70 kB\n"));
  EXPECT_FALSE(memory_is_short("MemTotal:   1000 kB\nMemFree: 10 kB\nMemAvailable:   90 kB\n"));
  EXPECT_FALSE(memory_is_short("MemTotal:   1000 kB\n"));
  EXPECT_FALSE(memory_is_short(""));
}

}  // namespace
}  // namespace provider_host::platform
