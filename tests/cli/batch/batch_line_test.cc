#include "cli/batch/batch_line.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace provider_host::cli {
namespace {

class BatchLine : public ::testing::Test {
 protected:
  BatchItem parse(const std::string& text, std::optional<Api> api = Api::kCall) {
    const BatchLineParser parser({.api = api,
                                  .api_of_script = api_of_script_,
                                  .function = function_,
                                  .arguments = CallArguments({}),
                                  .identity = identity_,
                                  .affinity = affinity_},
                                 [this](const std::string& name) { unknown_.insert(name); });
    BatchItem item;
    item.line = 7;
    item.index = 4;
    parser.parse_object(text, item);
    return item;
  }
  std::string problem(const std::string& text, std::optional<Api> api = Api::kCall) {
    const BatchItem item = parse(text, api);
    const Error* error = std::get_if<Error>(&item.call);
    if (error == nullptr) return "none";
    EXPECT_EQ(error->kind, ErrorKind::kInvalidRequest);
    EXPECT_EQ(error->message.rfind("line 7: ", 0), 0U) << error->message;
    return error->message.substr(8);
  }
  Call call_of(const std::string& text, std::optional<Api> api) { return std::get<Call>(parse(text, api).call); }

  std::string function_ = "given";
  Api api_of_script_ = Api::kCall;
  std::optional<TestIdentity> identity_;
  std::string affinity_;
  std::set<std::string> unknown_;
};

TEST_F(BatchLine, FollowsTheApiThatItsFunctionIsNamedFor) {
  const Call named = call_of(R"({"prompt": "p", "function": "call_embedding_api"})", std::nullopt);
  EXPECT_EQ(named.api, Api::kEmbedding);
  EXPECT_EQ(named.args_json, R"(["p",{"config":{}}])");
  EXPECT_EQ(call_of(R"({"prompt": "p", "function": "Tools.call_classification_api"})", std::nullopt).api,
            Api::kClassification);
  EXPECT_EQ(call_of(R"({"prompt": "p"})", std::nullopt).api, Api::kCall) << "'given' is no API's name";
  function_ = "call_embedding_api";
  EXPECT_EQ(call_of(R"({"prompt": "p"})", std::nullopt).api, Api::kEmbedding);
  EXPECT_EQ(call_of(R"({"prompt": "p", "function": "other"})", std::nullopt).api, Api::kCall);
}

TEST_F(BatchLine, AnApiThatWasAskedForWinsOverTheName) {
  EXPECT_EQ(call_of(R"({"prompt": "p", "function": "call_embedding_api"})", Api::kCall).api, Api::kCall);
}

TEST_F(BatchLine, FollowsTheScriptWhenNobodyNamesAFunction) {
  function_ = "";
  api_of_script_ = Api::kClassification;
  EXPECT_EQ(call_of(R"({"prompt": "p"})", std::nullopt).api, Api::kClassification);
  EXPECT_EQ(call_of(R"({"prompt": "p", "function": "other"})", std::nullopt).api, Api::kCall);
}

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

TEST_F(BatchLine, HalfASurrogatePairMayBeInAVariableButNotInItsName) {
  EXPECT_EQ(problem(R"({"prompt": "p", "vars": {"name": "\ud800"}})"), "none");
  EXPECT_NE(problem(R"({"prompt": "p", "vars": {"\ud800": "Ada"}})"), "none");
  EXPECT_NE(problem(R"({"prompt": "p", "vars": {"\ud800": "Ada"}, "options": {}})"), "none") << "not a usual line";
}

TEST_F(BatchLine, ABadLineStillHasItsId) { EXPECT_EQ(parse(R"({"id":"x"})").id, "\"x\""); }

TEST_F(BatchLine, ReportsFieldsThatMeanNothing) {
  parse(R"({"prompt":"p","promt":"q","Vars":{}})");
  EXPECT_EQ(unknown_, (std::set<std::string>{"promt", "Vars"}));
}

TEST_F(BatchLine, TakesItsAffinityKeyFromAFieldAPathOrAVariable) {
  const auto key = [this](const std::string& text) { return call_of(text, Api::kCall).affinity; };
  EXPECT_EQ(key(R"({"prompt": "p"})"), "");
  EXPECT_EQ(key(R"({"prompt": "p", "affinity": "\u00e9"})"), "é");
  EXPECT_EQ(key(R"({"prompt": "p", "affinity": 7})"), "7");
  EXPECT_EQ(key(R"({"prompt": "p", "affinity": null})"), "");
  affinity_ = "session";
  EXPECT_EQ(key(R"({"prompt": "p", "session": "a", "vars": {"session": "b"}})"), "a");
  EXPECT_EQ(key(R"({"prompt": "p", "vars": {"session": "b"}})"), "b");
  EXPECT_EQ(key(R"({"prompt": "p", "session": "a", "affinity": "own"})"), "own");
  EXPECT_EQ(key(R"({"prompt": "p"})"), "");
  affinity_ = "context.test.metadata.conversationId";
  EXPECT_EQ(key(R"({"prompt": "p", "context": {"test": {"metadata": {"conversationId": "c"}}}})"), "c");
  EXPECT_TRUE(unknown_.empty());
}

TEST_F(BatchLine, AnAffinityKeyIsAScalar) {
  EXPECT_EQ(problem(R"({"prompt": "p", "affinity": "\ud800"})"),
            "'affinity', the affinity key, must be text, without halves of surrogate pairs");
  EXPECT_EQ(problem(R"({"prompt": "p", "affinity": ["a"]})"),
            "'affinity', the affinity key, must be a string or a number");
  affinity_ = "vars";
  EXPECT_EQ(problem(R"({"prompt": "p", "vars": {}})"), "'vars', the affinity key, must be a string or a number");
}

TEST_F(BatchLine, SaysWhichTestItIs) {
  identity_.emplace(ScriptSpec{"some/provider.py", "answer"});
  const auto args = [this](const std::string& text) {
    return nlohmann::json::parse(call_of(text, Api::kCall).args_json);
  };
  const auto of_index = args(R"({"prompt": "p"})");
  EXPECT_EQ(of_index[1], (nlohmann::json{{"config", nlohmann::json::object()},
                                         {"id", "file://some/provider.py:answer"},
                                         {"label", "provider.py:answer"}}));
  EXPECT_EQ(of_index[2]["testCaseId"], "4-0");
  EXPECT_EQ(of_index[2]["testIdx"], 4);
  EXPECT_EQ(of_index[2]["repeatIndex"], 0);
  EXPECT_EQ(of_index[2]["promptIdx"], 0);
  EXPECT_EQ(args(R"({"prompt": "p", "id": "mine"})")[2]["testCaseId"], "mine");
  EXPECT_EQ(args(R"({"prompt": "p", "id": 1.50})")[2]["testCaseId"], "1.50");
  EXPECT_EQ(args(R"({"prompt": "p", "id": "other"})")[2]["evaluationId"], of_index[2]["evaluationId"]);
  EXPECT_THAT(std::string(of_index[2]["evaluationId"]), ::testing::MatchesRegex("eval-[A-Za-z0-9]+-[0-9-]+T[0-9:]+"));
}

TEST_F(BatchLine, WhatALineSaysItselfStays) {
  identity_.emplace(ScriptSpec{"provider.py", ""});
  const auto args = nlohmann::json::parse(
      call_of(R"({"prompt": "p", "options": {"id": "x"}, "context": {"testIdx": 9, "evaluationId": null}})", Api::kCall)
          .args_json);
  EXPECT_EQ(args[1]["id"], "x");
  EXPECT_EQ(args[2]["testIdx"], 9);
  EXPECT_EQ(args[2]["evaluationId"], nullptr);
}

// Lines that are read quickly have the same arguments as those that are not: an affinity key makes one unusual.
TEST_F(BatchLine, UsualLinesHaveTheArgumentsOfOthers) {
  identity_.emplace(ScriptSpec{"provider.py", ""});
  for (const std::string fields :
       {R"("prompt": "p")", R"("prompt":"\u00e9\ud800\n" , "id" : "a\"b")", R"("id":-1.5e3,"prompt":"é")",
        R"("id":true,"prompt":"")", R"("id":null,"prompt":"")", R"("vars":{"a":[1,{"b":"}{"}]},"prompt":"p")",
        R"("prompt":"p","vars":{})"}) {
    for (const Api api : {Api::kCall, Api::kEmbedding}) {
      const BatchItem usual = parse("{" + fields + "}", api);
      const BatchItem other = parse("{" + fields + R"(,"affinity":null})", api);
      EXPECT_EQ(std::get<Call>(usual.call).args_json, std::get<Call>(other.call).args_json) << fields;
      EXPECT_EQ(usual.id, other.id) << fields;
    }
  }
}

TEST_F(BatchLine, WhatIsWrongWithALineIsSaidWhereverItIs) {
  for (const std::string text :
       {R"({"prompt":"p",})", R"({"prompt":"p"}})", R"({"prompt":"p"} x)", R"({"prompt":"p" "id":1})",
        R"({"prompt" "p"})", R"({"prompt":"\x"})", R"({"prompt":"p","id":01})", R"({"prompt":"p","id":tru})",
        R"({"prompt":"p","vars":{"a"}})", R"({"prompt":"p","vars":{"a":1]}})", R"({"prompt":"p)", R"({"prompt":"p\)",
        "{\"prompt\":\"\xff\"}", "{\"prompt\":\"a\nb\"}", R"({"prompt":"p","vars":{)"}) {
    EXPECT_EQ(problem(text).rfind("no JSON: ", 0), 0U) << text;
  }
  EXPECT_EQ(problem(R"({"id":"x","vars":{}})"), "it has no 'prompt'");
}

TEST_F(BatchLine, OfAFieldThatComesTwiceTheLastOneCounts) {
  EXPECT_EQ(call_of(R"({"prompt":"a","prompt":"b"})", Api::kEmbedding).args_json, R"(["b",{"config":{}}])");
  EXPECT_EQ(parse(R"({"id":1,"id":2,"prompt":"b"})").id, "2");
}

}  // namespace
}  // namespace provider_host::cli
