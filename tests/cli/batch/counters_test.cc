#include "cli/batch/stats/counters.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(CallCounters, TheSummaryNamesEveryKindOfFailure) {
  CallCounters counters;
  for (int i = 0; i < 1500; ++i) counters.add_ok(i == 0 ? R"({"error": "no"})" : R"({"output": 1})", 10);
  EXPECT_TRUE(counters.add_failure(ErrorKind::kTimeout, 20));
  EXPECT_FALSE(counters.add_failure(ErrorKind::kTimeout, 15));
  EXPECT_TRUE(counters.add_failure(ErrorKind::kHostCrashed, 15));
  EXPECT_EQ(
      summary(counters.snapshot(), 2, 1),
      "1,503 calls in 2.0 s (751/s): 1,500 ok, 3 failed (2 timeout, 1 host_crashed), 1 provider error, 1 restart");
  EXPECT_EQ(counters.snapshot().end_offset, 20U);
}

TEST(CallCounters, TheSummaryOfNothingIsASentenceToo) {
  EXPECT_EQ(summary({}, 0, 0), "0 calls in 0.0 s (0/s): 0 ok, 0 failed, 0 provider errors, 0 restarts");
}

TEST(CallCounters, LongNumbersHaveSeparators) {
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1000), "1,000");
  EXPECT_EQ(with_separators(1234567), "1,234,567");
}

TEST(CallCounters, OnlyResultsThatMayHaveCountedFieldsAreLookedInto) {
  const auto none = counted_fields(R"({"output": "error, cost", "errors": 1, "costs": 2, "e": 3})");
  EXPECT_FALSE(none.error || none.usage);
  EXPECT_TRUE(counted_fields(R"({"output": "x", "error": "no"})").error);
  for (const char* key : {"tokenUsage", "cost", "cached", "guardrails"}) {
    const auto found = counted_fields(R"({"output": "\"x", ")" + std::string(key) + "\": 1}");
    EXPECT_TRUE(found.usage && !found.error) << key;
  }
  const auto cut_off = counted_fields("\"");
  EXPECT_FALSE(cut_off.error || cut_off.usage);
}

}  // namespace
}  // namespace provider_host::cli
