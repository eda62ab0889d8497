#include "cli/batch/stats/progress.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

ProgressSnapshot snapshot(std::uint64_t ok, std::optional<std::uint64_t> total) {
  ProgressSnapshot snapshot;
  snapshot.counts.ok = ok;
  snapshot.total = total;
  snapshot.seconds = 10;
  return snapshot;
}

TEST(Progress, TellsHowFarHowFastAndHowLong) {
  ProgressSnapshot known = snapshot(250, 1000);
  known.counts.failed[ErrorKind::kTimeout] = 3;
  EXPECT_EQ(progress_text(known), " 25 %  253/1,000  25/s  3 failed  0:30 left");
}

TEST(Progress, CountsWhatAnEarlierRunHasDoneButNotIntoTheRate) {
  ProgressSnapshot resumed = snapshot(100, 1000);
  resumed.already_done = 400;
  EXPECT_EQ(progress_text(resumed), " 50 %  500/1,000  10/s  0 failed  0:50 left");
}

TEST(Progress, GoesByBytesWhenNobodyHasCounted) {
  ProgressSnapshot bytes = snapshot(100, std::nullopt);
  bytes.input_size = 1000;
  bytes.counts.end_offset = 500;
  EXPECT_EQ(progress_text(bytes), " 50 %  100 done  10/s  0 failed  0:10 left");
}

TEST(Progress, PromisesNothingAboutAPipe) {
  EXPECT_EQ(progress_text(snapshot(5, std::nullopt)), "5 done  0.5/s  0 failed");
}

TEST(Progress, TheBarFitsItsLine) {
  for (const std::size_t width : {1U, 5U, 40U, 60U, 80U, 200U}) {
    EXPECT_LT(progress_bar(snapshot(500, 1000), width).size(), width + (width == 0 ? 1 : 0)) << width;
  }
  EXPECT_EQ(progress_bar(snapshot(500, 1000), 80).find("[####"), 0U);
}

}  // namespace
}  // namespace provider_host::cli
