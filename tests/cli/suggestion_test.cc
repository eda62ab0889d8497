#include "cli/suggestion.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(Suggestion, IsTheNearestWord) {
  const std::vector<std::string> known = {"--workers", "--concurrency", "--config"};
  EXPECT_EQ(nearest("--worker", known), "--workers");
  EXPECT_EQ(nearest("--wrokers", known), "--workers");
  EXPECT_EQ(nearest("--confg", known), "--config");
  EXPECT_EQ(nearest("--temperature", known), "");
  EXPECT_EQ(nearest("cal", {"call", "check"}), "call");
}

}  // namespace
}  // namespace provider_host::cli
