#include "host/calls/message_fields.h"

#include <gtest/gtest.h>

#include "host/protocol_violation.h"
#include "padded_text.h"

namespace provider_host::host {
namespace {

// Reads {"type":TEXT,"id":NUMBER} and nothing else.
void read_fields(std::string_view payload) {
  const PaddedText text(payload);
  simdjson::ondemand::parser parser;
  MessageFields fields(parser, text.view());
  fields.text("type");
  fields.number("id", 1, 100);
  fields.end();
}

TEST(MessageFields, reads_keys_in_their_order) {
  const PaddedText text(R"({"type":"a\nb","id":7,"args":[1,{"x":2}]})");
  simdjson::ondemand::parser parser;
  MessageFields fields(parser, text.view());
  EXPECT_EQ(fields.text("type"), "a\nb");
  EXPECT_EQ(fields.number("id", 1, 100), 7U);
  EXPECT_EQ(std::string_view(simdjson::to_json_string(fields.value("args"))), R"([1,{"x":2}])");
  EXPECT_NO_THROW(fields.end());
}

class MessageFieldsRefuse : public ::testing::TestWithParam<const char*> {};

TEST_P(MessageFieldsRefuse, what_the_protocol_does_not_have) {
  EXPECT_THROW(read_fields(GetParam()), ProtocolViolation);
}

INSTANTIATE_TEST_SUITE_P(Payloads, MessageFieldsRefuse,
                         ::testing::Values("", " ", "x", "[]", "\"type\"", "{}", R"({"type":"a"})",
                                           R"({"id":1,"type":"a"})", R"({"type":1,"id":1})", R"({"type":"a","id":0})",
                                           R"({"type":"a","id":101})", R"({"type":"a","id":-1})",
                                           R"({"type":"a","id":1.5})", R"({"type":"a","id":"1"})",
                                           R"({"type":"a","id":1,"more":2})", R"({"type":"a","id":1}x)",
                                           R"({"type":"a","id":1}{})", R"({"type":"a","id":1)",
                                           R"({"type":"a","id":1])", R"({"type":"a" "id":1})"));

TEST(MessageFields, accepts_the_same_when_it_is_well_formed) { EXPECT_NO_THROW(read_fields(R"({"type":"a","id":1})")); }

}  // namespace
}  // namespace provider_host::host
