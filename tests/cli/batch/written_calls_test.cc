#include "cli/batch/output/written_calls.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

WrittenCall held(std::uint64_t index, std::uint32_t input, bool failed = false) {
  WrittenCall call{};
  call.index = index & 0xFF;
  call.input = input;
  call.failed = failed;
  return call;
}

TEST(WrittenCalls, AreFoundByIndexAndTheLastOfSeveralCounts) {
  WrittenCalls calls;
  for (const WrittenCall& call : {held(5, 1), held(2, 2, true), held(5, 3), held(2, 4), held(9, 5)}) calls.add(call);
  calls.finish(false);
  EXPECT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls.find(5)->input, 3U);
  EXPECT_EQ(calls.find(2)->input, 4U);
  EXPECT_EQ(calls.find(3), nullptr);
  EXPECT_EQ(calls.find(10), nullptr);
  EXPECT_EQ(calls.last(), 9U);
  EXPECT_EQ(calls.failed(), 0U);
  EXPECT_EQ(calls.duplicates(), 2U);
  EXPECT_EQ(calls.first_duplicate(), 2U);
}

TEST(WrittenCalls, FailedOnesAreForgottenWhenTheyAreToBeMadeAgain) {
  WrittenCalls calls;
  for (const WrittenCall& call : {held(0, 1), held(1, 2, true), held(2, 3, true), held(2, 4)}) calls.add(call);
  calls.finish(true);
  EXPECT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls.find(1), nullptr);
  EXPECT_NE(calls.find(2), nullptr);
  EXPECT_EQ(calls.dropped(), 1U);
}

TEST(WrittenCalls, AreSmall) { EXPECT_EQ(sizeof(WrittenCall), 16U); }

}  // namespace
}  // namespace provider_host::cli
