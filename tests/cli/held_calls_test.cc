#include "cli/held_calls.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

HeldCall held(std::uint64_t index, std::uint32_t input, bool failed = false) {
  HeldCall call{};
  call.index = index & 0xFF;
  call.input = input;
  call.failed = failed;
  return call;
}

TEST(HeldCalls, AreFoundByIndexAndTheLastOfSeveralCounts) {
  HeldCalls calls;
  for (const HeldCall& call : {held(5, 1), held(2, 2, true), held(5, 3), held(2, 4), held(9, 5)}) calls.add(call);
  calls.settle(false);
  EXPECT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls.find(5)->input, 3U);
  EXPECT_EQ(calls.find(2)->input, 4U);
  EXPECT_EQ(calls.find(3), nullptr);
  EXPECT_EQ(calls.find(10), nullptr);
  EXPECT_EQ(calls.last(), 9U);
  EXPECT_EQ(calls.failed(), 0U);
  EXPECT_EQ(calls.doubles(), 2U);
  EXPECT_EQ(calls.first_double(), 2U);
}

TEST(HeldCalls, FailedOnesAreForgottenWhenTheyAreToBeMadeAgain) {
  HeldCalls calls;
  for (const HeldCall& call : {held(0, 1), held(1, 2, true), held(2, 3, true), held(2, 4)}) calls.add(call);
  calls.settle(true);
  EXPECT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls.find(1), nullptr);
  EXPECT_NE(calls.find(2), nullptr);
  EXPECT_EQ(calls.dropped(), 1U);
}

TEST(HeldCalls, AreSmall) { EXPECT_EQ(sizeof(HeldCall), 16U); }

}  // namespace
}  // namespace provider_host::cli
