#include "cli/batch/output/line_comparison.h"

#include <gtest/gtest.h>

#include <string>

#include "cli/batch/output/line_digest.h"

namespace provider_host::cli {
namespace {

const std::string kLine = R"({"id": 7, "prompt": "a"})";

WrittenCall with_digest(const std::string& line) {
  WrittenCall call{};
  call.has_input = true;
  call.input = digest_of_line(line);
  return call;
}

WrittenCall with_id(const std::string& id, WrittenCall call = {}) {
  call.has_id = true;
  call.id = digest_of_id(id);
  return call;
}

TEST(LineComparison, AnotherTextWithoutAnIdIsAnotherLine) {
  const auto compared = compare_line(with_digest("a"), "b", true);
  EXPECT_EQ(compared.match, LineMatch::kDifferent);
  EXPECT_EQ(compared.difference, "it has changed since");
}

TEST(LineComparison, AnotherIdIsAnotherLine) {
  EXPECT_EQ(compare_line(with_id("8"), kLine, false).difference, "it has the id 7");
  EXPECT_EQ(compare_line(with_id("8"), R"({"prompt": "a"})", false).difference, "it has no id");
}

TEST(LineComparison, WhatCannotBeComparedIsUnknown) {
  EXPECT_EQ(compare_line(WrittenCall{}, "a", true).match, LineMatch::kUnknown);
}

TEST(LineComparison, TheSameIdWithAnotherTextIsEdited) {
  EXPECT_EQ(compare_line(with_id("7", with_digest("other")), kLine, false).match, LineMatch::kEdited);
  EXPECT_EQ(compare_line(with_id("7"), kLine, false).match, LineMatch::kSame);
}

TEST(LineComparison, TheSameTextIsTheSameLine) {
  EXPECT_EQ(compare_line(with_digest(kLine), "  " + kLine + " ", false).match, LineMatch::kSame);
  EXPECT_EQ(compare_line(with_digest("a"), "a", true).match, LineMatch::kSame);
}

}  // namespace
}  // namespace provider_host::cli
