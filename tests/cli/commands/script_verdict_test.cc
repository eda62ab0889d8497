#include "cli/commands/script_verdict.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

ScriptReport report_of(std::vector<FunctionReport> functions) {
  ScriptReport report;
  report.functions = std::move(functions);
  return report;
}

const FunctionReport kGood{"call_api", "sync", false, "(prompt, options, context)", {}};
const FunctionReport kEmbedding{"call_embedding_api", "async", false, "(prompt, options)", {}};
const FunctionReport kFaulty{"call_api", "sync", false, "()", {"call_api takes nothing"}};
const FunctionReport kOther{"answer", "sync", false, "(prompt, options, context)", {}};

TEST(ScriptVerdict, OneApiIsEnough) {
  EXPECT_TRUE(judge(report_of({kGood}), "", std::nullopt).errors.empty());
  const auto verdict = judge(report_of({kEmbedding, kOther}), "", std::nullopt);
  EXPECT_TRUE(verdict.errors.empty());
  EXPECT_EQ(verdict.api, Api::kEmbedding);
}

TEST(ScriptVerdict, NoApiNeedsAFunctionByName) {
  EXPECT_EQ(judge(report_of({kOther}), "", std::nullopt).errors.size(), 1U);
  EXPECT_TRUE(judge(report_of({kOther}), "answer", std::nullopt).errors.empty());
  EXPECT_EQ(judge(report_of({kOther}), "question", std::nullopt).errors,
            std::vector<std::string>{"the script has no function 'question'"});
}

TEST(ScriptVerdict, AFaultOfAnApiIsAProblem) {
  EXPECT_EQ(judge(report_of({kFaulty}), "", std::nullopt).errors, kFaulty.faults);
}

// Many scripts have all three, copied from an example, two of them empty.
TEST(ScriptVerdict, AFaultOfAnotherApiIsOnlyANote) {
  const FunctionReport stub{"call_embedding_api", "sync", false, "(prompt: str)", {"it takes no options"}};
  const auto verdict = judge(report_of({kGood, stub}), "", std::nullopt);
  EXPECT_TRUE(verdict.errors.empty());
  EXPECT_EQ(verdict.notes, stub.faults);
  EXPECT_EQ(verdict.api, Api::kCall);
  EXPECT_EQ(judge(report_of({kGood, stub}), "", Api::kEmbedding).errors, stub.faults);
  EXPECT_EQ(judge(report_of({kFaulty, kEmbedding}), "", std::nullopt).errors, kFaulty.faults);
}

TEST(ScriptVerdict, AFunctionIsNamedForItsApi) {
  EXPECT_EQ(judge(report_of({kGood, kEmbedding}), "call_embedding_api", std::nullopt).api, Api::kEmbedding);
  EXPECT_EQ(judge(report_of({}), "Tools.call_classification_api", std::nullopt).api, Api::kClassification);
  EXPECT_EQ(judge(report_of({kGood, kEmbedding}), "call_embedding_api", Api::kCall).api, Api::kCall);
  EXPECT_EQ(judge(report_of({kOther}), "answer", std::nullopt).api, Api::kCall);
}

TEST(ScriptVerdict, OfTwoOthersOneThatFitsIsEnough) {
  const FunctionReport good{"call_classification_api", "sync", false, "(prompt, options)", {}};
  const FunctionReport bad{"call_embedding_api", "sync", false, "()", {"it takes nothing"}};
  const auto verdict = judge(report_of({bad, good}), "", std::nullopt);
  EXPECT_TRUE(verdict.errors.empty());
  EXPECT_EQ(verdict.api, Api::kClassification);
  EXPECT_NE(verdict.remark.find("--api embedding or --api classification"), std::string::npos);
}

TEST(ScriptVerdict, AnApiThatWasAskedForMustBeThere) {
  EXPECT_EQ(judge(report_of({kGood}), "", Api::kEmbedding).errors.size(), 1U);
}

}  // namespace
}  // namespace provider_host::cli
