#include "inject/failing_allocations.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "base/byte_buffer.h"

namespace provider_host::inject {
namespace {

struct alignas(64) Aligned {
  char bytes[64];
};

TEST(FailingAllocations, FailAtOneOperatorNewAfterTheOther) {
  int failed = 0;
  std::uint64_t place = 0;
  for (bool hit = true; hit; failed += hit ? 1 : 0) {
    const FailingAllocations failing(Threads::kThis, {.first = ++place});
    try {
      const auto one = std::make_unique<int>(1);
      const auto array = std::make_unique<int[]>(3);
      const auto aligned = std::make_unique<Aligned>();
      const std::string in_the_library(100, 'x');
    } catch (const std::bad_alloc&) {
    }
    hit = failing.failed() > 0;
  }
  EXPECT_GE(failed, 4);
}

TEST(FailingAllocations, GiveNullWhereNothingMayBeThrown) {
  const FailingAllocations failing(Threads::kThis, {1, 1});
  const std::unique_ptr<int> one(new (std::nothrow) int(1));
  EXPECT_EQ(one, nullptr);
}

TEST(FailingAllocations, HitBuffersThatGrowByRealloc) {
  ByteBuffer buffer;
  buffer.append("text");
  const FailingAllocations failing(Threads::kThis, {1, 1});
  EXPECT_THROW(buffer.reserve(10'000), std::bad_alloc);
  EXPECT_EQ(buffer.view(), "text");
}

TEST(FailingAllocations, LeaveOtherThreadsAlone) {
  bool fine = false;
  std::thread other;
  {
    const FailingAllocations failing(Threads::kOthers, {1, 1});
    const std::string here(100, 'x');
    other = std::thread([&] {
      try {
        const std::string there(100, 'x');
        fine = true;
      } catch (const std::bad_alloc&) {
      }
    });
    other.join();
    EXPECT_EQ(failing.failed(), 1U);
  }
  EXPECT_FALSE(fine);
}

TEST(FailingAllocations, AreOverWithTheirObjectOrWhenTheyAreStopped) {
  FailingAllocations failing(Threads::kThis, {1, 1});
  failing.stop();
  const std::string text(100, 'x');
  EXPECT_EQ(failing.passed(), 0U);
}

}  // namespace
}  // namespace provider_host::inject
