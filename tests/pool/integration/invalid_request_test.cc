#include <cmath>

#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class InvalidRequestTest : public ChildPool {
 protected:
  std::string refusal(const Call& call) {
    const Outcome outcome = pool_.call(call);
    EXPECT_EQ(kind_of(outcome), ErrorKind::kInvalidRequest);
    EXPECT_EQ(outcome.host, 0);
    const Pending pending = pool_.submit(call);
    EXPECT_TRUE(pending.done());
    EXPECT_EQ(kind_of(pending.get()), ErrorKind::kInvalidRequest);
    return outcome ? "" : outcome.error().message;
  }
  static Call call_with(Api api, const std::string& args) {
    Call call;
    call.api = api;
    call.args_json = args;
    if (api == Api::kNone) call.function = "f";
    return call;
  }
  static PoolOptions small(PoolOptions options) {
    options.frame_limit = 4096;
    return options;
  }
  Pool pool_{small(options_for("echo"))};
};

TEST_F(InvalidRequestTest, IsWhatIsNoJson) {
  for (const char* args : {"", " ", "[", "[1,]", "[NaN]", "hello", "[\"\\ud80\"]", "[1] 2", "['a']"}) {
    EXPECT_THAT(refusal(call_with(Api::kNone, args)), HasSubstr("no JSON")) << args;
  }
}

TEST_F(InvalidRequestTest, IsWhatIsNoArray) {
  for (const char* args : {"{}", "1", "null", "\"[]\"", " {\"a\":[]}"}) {
    EXPECT_THAT(refusal(call_with(Api::kNone, args)), HasSubstr("no JSON array")) << args;
  }
}

TEST_F(InvalidRequestTest, IsTextThatIsNotUtf8) {
  EXPECT_THAT(refusal(call_with(Api::kNone, "[\"\xFF\"]")), HasSubstr("UTF-8"));
  refusal(Call::api_call("\xC3"));
  refusal(Call::api_call("x", {{"key", "\xFF"}}));
  Call call = echo_call("x");
  call.function = "\xFF";
  refusal(call);
}

TEST_F(InvalidRequestTest, IsWhatHasTheWrongShapeForItsApi) {
  for (const char* args :
       {"[]", "[\"x\"]", "[\"x\",{}]", "[\"x\",{},{},{}]", "[1,{},{}]", "[\"x\",[],{}]", "[\"x\",{},null]"}) {
    EXPECT_THAT(refusal(call_with(Api::kCall, args)), HasSubstr("call_api takes")) << args;
  }
  for (const char* args : {"[]", "[\"x\"]", "[\"x\",1]", "[\"x\",{},{}]", "[null,{}]"}) {
    EXPECT_THAT(refusal(call_with(Api::kEmbedding, args)), HasSubstr("call_embedding_api takes")) << args;
    EXPECT_THAT(refusal(call_with(Api::kClassification, args)), HasSubstr("call_classification_api takes")) << args;
  }
  EXPECT_EQ(kind_of(pool_.call_api("x", nlohmann::json::array())), ErrorKind::kInvalidRequest);
  EXPECT_EQ(kind_of(pool_.call_api("x", nlohmann::json::object(), 5)), ErrorKind::kInvalidRequest);
}

TEST_F(InvalidRequestTest, IsALimitThatIsNoNumberOrNegative) {
  for (const double bad : {-1.0, -1e-9, std::nan(""), static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    Call call = echo_call("x");
    call.timeout = bad;
    EXPECT_THAT(refusal(call), HasSubstr("timeout")) << bad;
    call = echo_call("x");
    call.deadline = bad;
    EXPECT_THAT(refusal(call), HasSubstr("deadline")) << bad;
  }
}

TEST_F(InvalidRequestTest, IsWhatDoesNotFitIntoAFrame) {
  EXPECT_THAT(refusal(echo_call(std::string(5000, 'x'))), HasSubstr("too large"));
  Call call = echo_call("x");
  call.function = std::string(5000, 'f');
  refusal(call);
}

TEST_F(InvalidRequestTest, IsWhatIsNestedTooDeeply) {
  EXPECT_THAT(refusal(call_with(Api::kNone, std::string(1001, '[') + std::string(1001, ']'))),
              HasSubstr("nested more than 1000 levels"));
  EXPECT_TRUE(pool_.call(call_with(Api::kNone, std::string(1000, '[') + std::string(1000, ']'))).ok());
}

TEST_F(InvalidRequestTest, IsACallWithoutAFunction) {
  Call call = call_with(Api::kNone, "[]");
  call.function.clear();
  EXPECT_THAT(refusal(call), HasSubstr("needs a function"));
}

TEST_F(InvalidRequestTest, CostsItselfOnlyAndCountsAsFailed) {
  refusal(call_with(Api::kNone, "nope"));
  EXPECT_EQ(pool_.call(echo_call("x")).json(), "[\"x\"]");
  const PoolStats stats = pool_.stats();
  EXPECT_EQ(stats.submitted, 3U);
  EXPECT_EQ(stats.failed, 2U);
  EXPECT_EQ(stats.succeeded, 1U);
}

TEST_F(InvalidRequestTest, IsToldToTheCallbackOnce) {
  Settlings settlings;
  const Pending pending = pool_.submit(call_with(Api::kNone, "nope"), settlings.expect("x"));
  settlings.wait_for(1);
  EXPECT_EQ(settlings.order().size(), 1U);
  EXPECT_GT(pending.id(), 0U);
}

}  // namespace
}  // namespace provider_host
