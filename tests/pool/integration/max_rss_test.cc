#include <thread>

#include "helpers/platform.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MaxRssTest : public ChildPool {};

TEST_F(MaxRssTest, IsToldToBeOfNoEffectWhereMemoryIsNotKnown) {
  if (!is_portable()) GTEST_SKIP() << "it is known here";
  PoolOptions options = options_for("echo");
  options.max_rss = 64 << 10;
  Pool pool(std::move(options));
  EXPECT_THAT(log_.wait_for("max_rss"), HasSubstr("has no effect"));
  EXPECT_TRUE(pool.call(echo_call("x")).ok());
}

TEST_F(MaxRssTest, BelowWhatEveryHostNeedsIsToldAndReplacesFew) {
  NEEDS_LINUX("the memory of processes is not known");
  PoolOptions options = options_for("echo");
  options.max_rss = 64 << 10;
  Pool pool(std::move(options));
  EXPECT_THAT(log_.wait_for("max_rss"), AllOf(HasSubstr("is 0.1 MiB"), HasSubstr("MiB for the import alone")));
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // memory is looked at four times a second
  EXPECT_TRUE(pool.call(echo_call("x")).ok());
  EXPECT_LE(pool.stats().restarts, 1U);
}

}  // namespace
}  // namespace provider_host
