// What scripts return, and what becomes of it.
#include "end_to_end/script_pool.h"

namespace provider_host {
namespace {

TEST(Values, HaveTheTextThatPythonWouldWrite) {
  Pool pool(options_for("values.py"));
  EXPECT_EQ(text_of(pool.call_api("scalars")), R"({"output":[null,true,1,-1.5,"text"]})");
  // 1 and True are one key in Python.
  EXPECT_EQ(text_of(pool.call_api("keys")), R"({"output":{"1":"c","null":"b","1.5":"d"}})");
}

TEST(Values, ExtraTypesHaveTheirDocumentedForm) {
  Pool pool(options_for("values.py"));
  EXPECT_EQ(text_of(pool.call_api("extras")),
            R"({"output":["red",[1,2.0],{"text":"yes","score":0.5},{"custom":true},"2026-01-02T03:04:05","2026-01-02",)"
            R"(0.5,"0.1","00000000-0000-0000-0000-000000000001","/a/b",{"z":1},["only"]]})");
}

TEST(Values, IntegersKeepEveryDigitBothWays) {
  Pool pool(options_for("values.py"));
  const std::string digits = "[1" + std::string(4999, '0') + "7]";
  EXPECT_EQ(text_of(pool.call_api("big integer")), R"({"output":1)" + std::string(4999, '0') + "7}");
  EXPECT_EQ(text_of(pool.call_raw("echo", digits)), digits);
}

TEST(Values, FiftyMegabytesComeBackWhole) {
  Pool pool(options_for("values.py"));
  const Outcome outcome = pool.call_api("fifty megabytes");
  ASSERT_TRUE(outcome) << outcome.error();
  EXPECT_EQ(outcome.json().size(), 50'000'000U + std::string(R"({"output":""})").size());
  const std::string big(50'000'000, 'x');
  EXPECT_EQ(pool.call_api(big).value()["output"].get_ref<const std::string&>().size(), big.size());
}

struct BadValue {
  std::string prompt;
  std::string path;
};

class Bad : public testing::TestWithParam<BadValue> {};

TEST_P(Bad, IsNamedWithItsPlaceAndTheHostLivesOn) {
  Pool pool(options_for("values.py"));
  const int pid = pool.call_api("plain").pid;
  const Outcome outcome = pool.call_api(GetParam().prompt);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalidResponse) << text_of(outcome);
  EXPECT_TRUE(outcome.error().path.starts_with(GetParam().path)) << outcome.error().path;
  EXPECT_EQ(pool.call_api("after").pid, pid);
}

INSTANTIATE_TEST_SUITE_P(Values, Bad,
                         testing::Values(BadValue{"nan", "$.output.items[2]"}, BadValue{"surrogate", "$.output.text"},
                                         BadValue{"circular", "$.output"}, BadValue{"deep", "$.output[0][0]"},
                                         BadValue{"bytes", "$.output.raw"}, BadValue{"object", "$.output[0]"},
                                         BadValue{"bad key", "$.output"}),
                         [](const auto& parameter) {
                           std::string name = parameter.param.prompt;
                           std::erase(name, ' ');
                           return name;
                         });

TEST(Values, PoliciesTurnBadValuesIntoValues) {
  PoolOptions options = options_for("values.py");
  options.nan = NanPolicy::kNull;
  options.surrogates = SurrogatePolicy::kReplace;
  options.bytes = BytesPolicy::kBase64;
  Pool pool(options);
  EXPECT_EQ(text_of(pool.call_api("nan")), R"({"output":{"items":[0,1,null]}})");
  EXPECT_EQ(text_of(pool.call_api("surrogate")), "{\"output\":{\"text\":\"a\uFFFD\"}}");
  EXPECT_EQ(text_of(pool.call_api("bytes")), R"({"output":{"raw":"YWJj"}})");
}

TEST(Values, DeepAndBrokenArgumentsAreRefusedBeforeAHostSeesThem) {
  Pool pool(options_for("values.py"));
  const std::string deep = std::string(20'000, '[') + std::string(20'000, ']');
  for (const std::string& args : {deep, std::string("[1"), std::string("{}"), std::string("[\xff]")}) {
    const Outcome outcome = pool.call_raw("echo", args);
    ASSERT_FALSE(outcome) << args.substr(0, 20);
    EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalidRequest);
  }
  EXPECT_TRUE(pool.call_raw("echo", "[1]"));
  // Half a surrogate pair reaches the script; the result cannot hold it.
  EXPECT_EQ(pool.call_raw("echo", R"(["\ud800"])").error().kind, ErrorKind::kInvalidResponse);
}

TEST(Validation, NamesWhatWasExpected) {
  Pool pool(options_for("values.py"));
  Call call = Call::api_call("hello");
  call.function = "not_an_object";
  const Outcome outcome = pool.call(call);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalidResponse);
  EXPECT_EQ(outcome.error().path, "$");
  EXPECT_NE(outcome.error().message.find("output"), std::string::npos) << outcome.error().message;
}

}  // namespace
}  // namespace provider_host
