#include "base/buffer_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/byte_buffer.h"

namespace provider_host {
namespace {

char* block(std::size_t size) { return static_cast<char*>(std::malloc(size)); }

// Tests share a thread: what an earlier one left is taken away first.
class BufferCacheTest : public testing::Test {
 protected:
  void SetUp() override { std::free(CachedBuffer::take(CachedBuffer::kMinSize).data); }
};

TEST_F(BufferCacheTest, GivesBackWhatItWasGiven) {
  char* const data = block(100'000);
  CachedBuffer::give(data, 100'000);
  EXPECT_EQ(CachedBuffer::take(100'001).data, nullptr);
  const CachedBuffer taken = CachedBuffer::take(50'000);
  EXPECT_EQ(taken.data, data);
  EXPECT_EQ(taken.size, 100'000U);
  EXPECT_EQ(CachedBuffer::take(50'000).data, nullptr);
  std::free(taken.data);
}

TEST_F(BufferCacheTest, KeepsOneBlockTheLarger) {
  CachedBuffer::give(block(100'000), 100'000);
  CachedBuffer::give(block(200'000), 200'000);
  CachedBuffer::give(block(150'000), 150'000);
  const CachedBuffer taken = CachedBuffer::take(40'000);
  EXPECT_EQ(taken.size, 200'000U);
  std::free(taken.data);
}

TEST_F(BufferCacheTest, KeepsNeitherSmallNorHugeOnes) {
  CachedBuffer::give(block(1000), 1000);
  CachedBuffer::give(block(CachedBuffer::kMaxSize + 1), CachedBuffer::kMaxSize + 1);
  EXPECT_EQ(CachedBuffer::take(CachedBuffer::kMinSize).data, nullptr);
  EXPECT_EQ(CachedBuffer::take(100).data, nullptr);
}

TEST_F(BufferCacheTest, BelongsToOneThread) {
  CachedBuffer::give(block(100'000), 100'000);
  std::thread([] {
    EXPECT_EQ(CachedBuffer::take(50'000).data, nullptr);
    CachedBuffer::give(block(100'000), 100'000);  // freed with the thread; the leak checker would tell
  }).join();
  std::free(CachedBuffer::take(50'000).data);
}

TEST_F(BufferCacheTest, ServesOneBufferAfterTheOther) {
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
