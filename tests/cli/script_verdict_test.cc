#include "cli/script_verdict.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

ScriptReport report_of(std::vector<FunctionReport> functions) {
  ScriptReport report;
  report.functions = std::move(functions);
  return report;
}

const FunctionReport kGood{"call_api", "sync", "(prompt, options, context)", {}};
const FunctionReport kEmbedding{"call_embedding_api", "async", "(prompt, options)", {}};
const FunctionReport kFaulty{"call_api", "sync", "()", {"call_api takes nothing"}};
const FunctionReport kOther{"answer", "sync", "(prompt, options, context)", {}};

TEST(ScriptVerdict, OneApiIsEnough) {
  EXPECT_TRUE(judge(report_of({kGood}), "", std::nullopt).problems.empty());
  const auto verdict = judge(report_of({kEmbedding, kOther}), "", std::nullopt);
  EXPECT_TRUE(verdict.problems.empty());
  EXPECT_EQ(verdict.api, Api::kEmbedding);
}

TEST(ScriptVerdict, NoApiNeedsAFunctionByName) {
  EXPECT_EQ(judge(report_of({kOther}), "", std::nullopt).problems.size(), 1U);
  EXPECT_TRUE(judge(report_of({kOther}), "answer", std::nullopt).problems.empty());
  EXPECT_EQ(judge(report_of({kOther}), "question", std::nullopt).problems,
            std::vector<std::string>{"the script has no function 'question'"});
}

TEST(ScriptVerdict, AFaultOfAnApiIsAProblem) {
  EXPECT_EQ(judge(report_of({kFaulty}), "", std::nullopt).problems, kFaulty.faults);
}

TEST(ScriptVerdict, AnApiThatWasAskedForMustBeThere) {
  EXPECT_EQ(judge(report_of({kGood}), "", Api::kEmbedding).problems.size(), 1U);
}

}  // namespace
}  // namespace provider_host::cli
