#include "cli/commands/call_arguments.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/exit_code.h"
#include "cli/io/json_text.h"
#include "helpers/temporary_directory.h"

namespace provider_host::cli {
namespace {

const std::string kPrompt = R"("p")";

TEST(CallArguments, LookLikePromptfoosWhenNothingIsGiven) {
  const CallArguments arguments({});
  EXPECT_EQ(arguments.of_prompt(Api::kCall, kPrompt, {}),
            R"(["p",{"config":{}},{"vars":{},"prompt":{"raw":"p","label":"p"}}])");
}

TEST(CallArguments, TheOtherApisGetNoContext) {
  EXPECT_EQ(CallArguments({}).of_prompt(Api::kEmbedding, kPrompt, {}), R"(["p",{"config":{}}])");
  EXPECT_EQ(CallArguments({}).of_prompt(Api::kClassification, kPrompt, {}), R"(["p",{"config":{}}])");
}

TEST(CallArguments, ConfigAndVarsGoIntoWhatOptionsAndContextGive) {
  const CallArguments arguments({.options = R"({"id":"x","config":{"a":1}})",
                                 .context = R"({"vars":{"v":1},"prompt":{"raw":"mine"}})",
                                 .config = {"a=2", "b=[1.10]", R"(c="=")"},
                                 .vars = {"w=1", "x=a=b", "y="}});
  EXPECT_EQ(arguments.of_prompt(Api::kCall, kPrompt, {}),
            R"(["p",{"config":{"a":2,"b":[1.10],"c":"="},"id":"x"},)"
            R"({"vars":{"v":1,"w":"1","x":"a=b","y":""},"prompt":{"raw":"mine"}}])");
}

TEST(CallArguments, NoNumberLosesADigit) {
  const CallArguments arguments(
      {.options = R"({"n":100000000000000000000000001})", .config = {"t=0.1000000000000000000000"}});
  EXPECT_EQ(arguments.of_prompt(Api::kEmbedding, kPrompt, {}),
            R"(["p",{"config":{"t":0.1000000000000000000000},"n":100000000000000000000000001}])");
}

TEST(CallArguments, ALineWinsKeyByKey) {
  const CallArguments arguments({.options = R"({"a":1,"b":1})", .vars = {"v=1", "w=1"}});
  const auto options = RawObject::parse(R"({"b":2})");
  const auto context = RawObject::parse(R"({"c":3})");
  const auto vars = RawObject::parse(R"({"w":{"deep":[2]}})");
  EXPECT_EQ(arguments.of_prompt(Api::kCall, kPrompt, {&options, &context, &vars}),
            R"(["p",{"config":{},"a":1,"b":2},)"
            R"({"vars":{"v":"1","w":{"deep":[2]}},"c":3,"prompt":{"raw":"p","label":"p"}}])");
}

TEST(CallArguments, VarsNeedAnObjectToGoInto) {
  const CallArguments arguments({});
  const auto context = RawObject::parse(R"({"vars":[]})");
  const auto vars = RawObject::parse(R"({"a":1})");
  EXPECT_THROW(arguments.of_prompt(Api::kCall, kPrompt, {nullptr, &context, &vars}), JsonError);
}

std::string problem_with(const ArgumentTexts& texts) {
  try {
    const CallArguments arguments(texts);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(CallArguments, WrongValuesNameTheirOption) {
  EXPECT_EQ(problem_with({.config = {"model=gpt"}}),
            "--config model: 'gpt' is no JSON; quote a string, as in --config 'model=\"gpt\"'");
  EXPECT_EQ(problem_with({.vars = {"novalue"}}), "--var: 'novalue' is not of the form KEY=VALUE");
  EXPECT_EQ(problem_with({.vars = {"k=\xff"}}), "--var: it is not valid UTF-8");
  EXPECT_NE(problem_with({.options = "[1]"}).find("--options: a JSON object is due"), std::string::npos);
  EXPECT_NE(problem_with({.options = "{"}).find("--options: '{' is no JSON"), std::string::npos);
  EXPECT_NE(problem_with({.context = "@/no/such/file"}).find("cannot read '/no/such/file'"), std::string::npos);
  EXPECT_NE(problem_with({.options = R"({"config":1})", .config = {"a=1"}}).find("config must be an object"),
            std::string::npos);
}

class PromptText : public ::testing::Test {
 protected:
  std::string file_with(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return "@" + path_;
  }
  TemporaryDirectory directory_;
  std::string path_ = directory_.path() / "prompt.txt";
};

TEST_F(PromptText, StandsAsItIsOrInAFile) {
  EXPECT_EQ(text_of_prompt("PROMPT", "plain"), "plain");
  EXPECT_EQ(text_of_prompt("PROMPT", ""), "");
  EXPECT_EQ(text_of_prompt("PROMPT", "@@ada"), "@ada");
  EXPECT_EQ(text_of_prompt("PROMPT", file_with("\xEF\xBB\xBFtwo\nlines\n")), "two\nlines");
  EXPECT_EQ(text_of_prompt("PROMPT", file_with("dos\r\n")), "dos");
  EXPECT_EQ(text_of_prompt("PROMPT", file_with("blank line\n\n")), "blank line\n");
}

TEST_F(PromptText, AMissingFileIsToldWithTheWayToWriteAnAtSign) {
  try {
    text_of_prompt("PROMPT", "@ada, hello");
    FAIL() << "it was read";
  } catch (const UsageError& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "PROMPT: cannot read 'ada, hello': No such file or directory; a prompt that starts with @ is written with "
        "two: '@@ada, hello'");
  }
}

}  // namespace
}  // namespace provider_host::cli
