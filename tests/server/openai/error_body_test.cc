#include "server/openai/error_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/openai/models.h"

namespace provider_host::server {
namespace {

using nlohmann::json;

TEST(OpenaiError, is_nested_and_has_null_for_what_is_not_said) {
  EXPECT_EQ(
      openai_error("no \"n\"\n", "invalid_request_error", "n", "invalid_request"),
      R"({"error":{"message":"no \"n\"\n","type":"invalid_request_error","param":"n","code":"invalid_request"}})");
  EXPECT_EQ(openai_error("no", "server_error"),
            R"({"error":{"message":"no","type":"server_error","param":null,"code":null}})");
}

TEST(OpenaiError, has_a_type_by_the_http_code) {
  EXPECT_EQ(openai_error_type(400), "invalid_request_error");
  EXPECT_EQ(openai_error_type(401), "authentication_error");
  EXPECT_EQ(openai_error_type(404), "invalid_request_error");
  EXPECT_EQ(openai_error_type(413), "invalid_request_error");
  EXPECT_EQ(openai_error_type(422), "provider_error");
  EXPECT_EQ(openai_error_type(429), "rate_limit_error");
  EXPECT_EQ(openai_error_type(500), "server_error");
  EXPECT_EQ(openai_error_type(504), "server_error");
}

TEST(OpenaiError, has_the_kind_of_a_failed_call_as_its_code) {
  Error error;
  error.kind = ErrorKind::kPythonException;
  error.message = "ValueError: no";
  EXPECT_EQ(openai_error(error),
            R"({"error":{"message":"ValueError: no","type":"provider_error","param":null,"code":"python_exception"}})");
  error.kind = ErrorKind::kQueueFull;
  EXPECT_EQ(json::parse(openai_error(error))["error"]["type"], "rate_limit_error");
}

TEST(OpenaiError, of_a_provider_says_so) {
  EXPECT_EQ(openai_provider_error("no"),
            R"({"error":{"message":"no","type":"provider_error","param":null,"code":"provider_error"}})");
}

TEST(Models, are_a_list_of_the_script_alone) {
  const json model = json::parse(model_object("my \"model\"", 17));
  EXPECT_EQ(model, json::parse(R"({"id": "my \"model\"", "object": "model", "created": 17,
                                   "owned_by": "provider-host"})"));
  EXPECT_EQ(json::parse(models_list("my \"model\"", 17)), (json{{"object", "list"}, {"data", {model}}}));
}

}  // namespace
}  // namespace provider_host::server
