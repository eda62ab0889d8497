#include "cli/commands/output_record.h"

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace provider_host::cli {
namespace {

TEST(OutputRecord, HasTheIdTheResultAndTheDigestAsTheyAre) {
  Outcome outcome = Outcome::success(R"({"output":1.0})");
  outcome.latency_ms = 12.3456;
  outcome.host = 3;
  outcome.pid = 456;
  EXPECT_EQ(output_record(7, "\"a\"", outcome, false, 0x1fU),
            R"({"index":7,"id":"a","ok":true,"result":{"output":1.0},"latency_ms":12.346,"host":3,"pid":456,)"
            R"("input_crc32":"0000001f"})");
}

TEST(OutputRecord, LatenciesAreWrittenAsTheShortestNumberWithThreeDecimals) {
  double latency = 0.0004;
  for (int i = 0; i < 2000; ++i, latency *= 1.03) {
    for (const double each : {latency, std::floor(latency), -latency}) {
      Outcome outcome = Outcome::success("1");
      outcome.latency_ms = each;
      const std::string number = fmt::format("\"latency_ms\":{},", std::round(each * 1000) / 1000);
      ASSERT_NE(output_record(0, "null", outcome, false).find(number), std::string::npos) << number;
    }
  }
}

}  // namespace
}  // namespace provider_host::cli
