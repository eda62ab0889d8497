#include "base/spare_block.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/byte_buffer.h"

namespace provider_host {
namespace {

char* block(std::size_t size) { return static_cast<char*>(std::malloc(size)); }

// Tests share a thread: what an earlier one left is taken away first.
class SpareBlockTest : public testing::Test {
 protected:
  void SetUp() override { std::free(SpareBlock::take(SpareBlock::kSmallest).data); }
};

TEST_F(SpareBlockTest, GivesBackWhatItWasGiven) {
  char* const data = block(100'000);
  SpareBlock::give(data, 100'000);
  EXPECT_EQ(SpareBlock::take(100'001).data, nullptr);
  const SpareBlock taken = SpareBlock::take(50'000);
  EXPECT_EQ(taken.data, data);
  EXPECT_EQ(taken.size, 100'000U);
  EXPECT_EQ(SpareBlock::take(50'000).data, nullptr);
  std::free(taken.data);
}

TEST_F(SpareBlockTest, KeepsOneBlockTheLarger) {
  SpareBlock::give(block(100'000), 100'000);
  SpareBlock::give(block(200'000), 200'000);
  SpareBlock::give(block(150'000), 150'000);
  const SpareBlock taken = SpareBlock::take(40'000);
  EXPECT_EQ(taken.size, 200'000U);
  std::free(taken.data);
}

TEST_F(SpareBlockTest, KeepsNeitherSmallNorHugeOnes) {
  SpareBlock::give(block(1000), 1000);
  SpareBlock::give(block(SpareBlock::kLargest + 1), SpareBlock::kLargest + 1);
  EXPECT_EQ(SpareBlock::take(SpareBlock::kSmallest).data, nullptr);
  EXPECT_EQ(SpareBlock::take(100).data, nullptr);
}

TEST_F(SpareBlockTest, BelongsToOneThread) {
  SpareBlock::give(block(100'000), 100'000);
  std::thread([] {
    EXPECT_EQ(SpareBlock::take(50'000).data, nullptr);
    SpareBlock::give(block(100'000), 100'000);  // freed with the thread; the leak checker would tell
  }).join();
  std::free(SpareBlock::take(50'000).data);
}

TEST_F(SpareBlockTest, ServesOneBufferAfterTheOther) {
  const std::string text(100'000, 'x');
  const char* first = nullptr;
  {
    ByteBuffer buffer;
    buffer.append(text);
    first = buffer.data();
  }
  ByteBuffer buffer;
  buffer.append("small");  // of its own
  EXPECT_NE(buffer.data(), first);
  buffer.append(text.substr(50'000));
  EXPECT_EQ(buffer.data(), first);
  EXPECT_EQ(buffer.view(), "small" + text.substr(50'000));
}

}  // namespace
}  // namespace provider_host
