#include "wire/stream_credit.h"

#include <gtest/gtest.h>

namespace provider_host::wire {
namespace {

TEST(StreamCreditTest, TakesASmallItemForMoreThanItIs) {
  EXPECT_EQ(StreamCredit::cost_of(0), 256);
  EXPECT_EQ(StreamCredit::cost_of(34), 256);
  EXPECT_EQ(StreamCredit::cost_of(256), 256);
  EXPECT_EQ(StreamCredit::cost_of(257), 257);
}

TEST(StreamCreditTest, IsEnoughFor256SmallItems) {
  StreamCredit credit;
  int items = 0;
  for (; credit.is_open(); ++items) credit.spend(StreamCredit::cost_of(34));
  EXPECT_EQ(items, 256);
}

TEST(StreamCreditTest, LetsTheLastItemCostMoreThanThereIsLeft) {
  StreamCredit credit;
  credit.spend(StreamCredit::kInitial - 1);
  EXPECT_TRUE(credit.is_open());
  credit.spend(StreamCredit::cost_of(1 << 20));
  EXPECT_FALSE(credit.is_open());
}

TEST(StreamCreditTest, IsOpenAgainWhenMoreIsGrantedThanWasOverdrawn) {
  StreamCredit credit;
  credit.spend(StreamCredit::kInitial + 1000);
  credit.grant(1000);
  EXPECT_FALSE(credit.is_open());
  credit.grant(1);
  EXPECT_TRUE(credit.is_open());
}

}  // namespace
}  // namespace provider_host::wire
