#include "promptfoo/worker/time_limit.h"

#include <gtest/gtest.h>

namespace provider_host::promptfoo {
namespace {

std::string with_config(const std::string& config) {
  return R"(["a prompt about \"timeout\"",{"config":)" + config + R"(},{"vars":{}}])";
}

TEST(TimeLimit, IsThatOfTheProvidersConfig) {
  EXPECT_EQ(promptfoo_limit(with_config(R"({"timeout":2000})"), "5000"), 2);
  EXPECT_EQ(promptfoo_limit(with_config(R"({"timeout":1500.5})"), ""), 1.5005);
  EXPECT_EQ(promptfoo_limit(with_config(R"({"timeout":"2000"})"), ""), 2);
}

TEST(TimeLimit, ElseThatOfTheEnvironment) {
  EXPECT_EQ(promptfoo_limit(with_config("{}"), "5000"), 5);
  EXPECT_EQ(promptfoo_limit(with_config("{}"), "5000.7ms"), 5);
  EXPECT_EQ(promptfoo_limit(R"(["x",{"env":{"REQUEST_TIMEOUT_MS":"7000"}}])", "5000"), 7);
  EXPECT_EQ(promptfoo_limit("[]", "5000"), 5);
}

TEST(TimeLimit, ElseFiveMinutes) {
  for (const char* environment : {"", "soon"}) EXPECT_EQ(promptfoo_limit(with_config("{}"), environment), 300);
}

TEST(TimeLimit, WhatNoTimerTakesIsAMillisecondAsInNode) {
  for (const char* config : {"0", "-1", "3000000000", "null", "\"soon\"", "{}", "\"\""}) {
    EXPECT_EQ(promptfoo_limit(with_config(std::string(R"({"timeout":)") + config + "}"), ""), 0.001) << config;
  }
}

TEST(TimeLimit, OfArgumentsThatAreNoJsonIsTheUsual) {
  for (const char* text : {"", "[", "[\"timeout\"", "{\"timeout\":5}", "[1,{\"config\":{\"timeout\":5}}"}) {
    EXPECT_EQ(promptfoo_limit(text, "5000"), 5) << text;
  }
}

TEST(TimeLimit, ACallEndsALittleBefore) {
  EXPECT_DOUBLE_EQ(call_limit(300), 298);
  EXPECT_DOUBLE_EQ(call_limit(2), 1.8);
  EXPECT_DOUBLE_EQ(call_limit(0.2), 0.15);
  EXPECT_DOUBLE_EQ(call_limit(0.001), 0.0005);
}

}  // namespace
}  // namespace provider_host::promptfoo
