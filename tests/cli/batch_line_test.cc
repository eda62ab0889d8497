#include "cli/batch_line.h"

#include <gtest/gtest.h>

#include <set>

namespace provider_host::cli {
namespace {

class BatchLine : public ::testing::Test {
 protected:
  BatchItem parse(const std::string& text, Api api = Api::kCall) {
    const BatchLineParser parser(api, "given", CallArguments(api, {}),
                                 [this](const std::string& name) { unknown_.insert(name); });
    BatchItem item;
    item.line = 7;
    parser.parse_object(text, item);
    return item;
  }
  std::string problem(const std::string& text, Api api = Api::kCall) {
    const BatchItem item = parse(text, api);
    const Error* error = std::get_if<Error>(&item.call);
    if (error == nullptr) return "none";
    EXPECT_EQ(error->kind, ErrorKind::kInvalidRequest);
    EXPECT_EQ(error->message.rfind("line 7: ", 0), 0U) << error->message;
    return error->message.substr(8);
  }
  std::set<std::string> unknown_;
};

TEST_F(BatchLine, GivesACallWithItsIdAsItWasWritten) {
  const BatchItem item = parse(R"({"id": 1.50, "prompt": "\u00e9", "timeout": 2.5, "function": "Class.f"})");
  EXPECT_EQ(item.id, "1.50");
  const Call& call = std::get<Call>(item.call);
  EXPECT_EQ(call.function, "Class.f");
  EXPECT_EQ(call.timeout, 2.5);
  EXPECT_EQ(call.args_json, R"(["\u00e9",{"config":{}},{"vars":{},"prompt":{"raw":"\u00e9","label":"\u00e9"}}])");
}

TEST_F(BatchLine, TakesFunctionAndTimeoutFromTheCommandLineWhenItHasNone) {
  const BatchItem item = parse(R"({"prompt": "p"})");
  EXPECT_EQ(item.id, "null");
  EXPECT_EQ(std::get<Call>(item.call).function, "given");
  EXPECT_EQ(std::get<Call>(item.call).timeout, std::nullopt);
}

TEST_F(BatchLine, TakesArgumentsAsTheyAreWithoutAnApi) {
  EXPECT_EQ(std::get<Call>(parse(R"({"args": [1.0, {"a": []}]})", Api::kNone).call).args_json, R"([1.0, {"a": []}])");
}

TEST_F(BatchLine, NamesWhatIsWrong) {
  EXPECT_EQ(problem("{"), "no JSON: a comma, bracket, quote or key is missing or superfluous");
  EXPECT_EQ(problem("\xff"), "no JSON: it is not valid UTF-8");
  EXPECT_EQ(problem("[]"), "a JSON object is due, such as {\"key\": \"value\"}");
  EXPECT_EQ(problem("{}"), "it has no 'prompt'");
  EXPECT_EQ(problem(R"({"prompt":1})"), "'prompt' must be a string, or a list of messages");
  EXPECT_EQ(problem(R"({"prompt":"p","options":[]})"), "'options' must be an object");
  EXPECT_EQ(problem(R"({"prompt":"p","context":null})"), "'context' must be an object");
  EXPECT_EQ(problem(R"({"prompt":"p","vars":"x"})"), "'vars' must be an object");
  EXPECT_EQ(problem(R"({"prompt":"p","id":[]})"), "'id' must be a string, a number, a boolean or null");
  EXPECT_EQ(problem(R"({"prompt":"p","function":""})"), "'function' must be a string, the name of a function");
  for (const char* timeout : {"-1", "\"1\"", "1e999", "true"}) {
    EXPECT_EQ(problem(R"({"prompt":"p","timeout":)" + std::string(timeout) + "}"),
              "'timeout' must be a number of seconds, 0 for none");
  }
}

TEST_F(BatchLine, ArgumentsAndApiMustFit) {
  EXPECT_EQ(problem(R"({"args":[]})"), "'args' are for --api none; this API takes a 'prompt'");
  EXPECT_EQ(problem(R"({"args":[],"prompt":"p"})"), "'args' are for --api none; this API takes the 'prompt' alone");
  EXPECT_EQ(problem(R"({"prompt":"p"})", Api::kNone), "with --api none a line needs 'args', an array of arguments");
  EXPECT_EQ(problem(R"({"args":{}})", Api::kNone), "'args' must be an array of arguments");
}

TEST_F(BatchLine, ABadLineStillHasItsId) { EXPECT_EQ(parse(R"({"id":"x"})").id, "\"x\""); }

TEST_F(BatchLine, ReportsFieldsThatMeanNothing) {
  parse(R"({"prompt":"p","promt":"q","Vars":{}})");
  EXPECT_EQ(unknown_, (std::set<std::string>{"promt", "Vars"}));
}

}  // namespace
}  // namespace provider_host::cli
