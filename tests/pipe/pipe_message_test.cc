#include "pipe/pipe_message.h"

#include <gmock/gmock.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/utf8.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"

namespace provider_host::pipe {
namespace {

PipeMessage read(PipeMessageReader& reader, std::string_view payload) {
  ByteBuffer buffer;
  buffer.append(payload);
  return reader.read(buffer.view());
}

PipeMessage read(std::string_view payload) {
  PipeMessageReader reader("");
  return read(reader, payload);
}

TEST(PipeMessage, ACallHasWhatWasSent) {
  const auto message = std::get<CallMessage>(read(
      R"({"type":"call","id":7,"function":"A.b","api":"none","args":[1, "ü"],"timeout":2,"deadline":0.5,"affinity":"k\n"})"));
  EXPECT_EQ(message.id, 7U);
  EXPECT_EQ(message.call.function, "A.b");
  EXPECT_EQ(message.call.api, Api::kNone);
  EXPECT_EQ(message.call.args_json, "[1, \"ü\"]");
  EXPECT_EQ(message.call.timeout, 2.0);
  EXPECT_EQ(message.call.deadline, 0.5);
  EXPECT_EQ(message.call.affinity, "k\n");
}

TEST(PipeMessage, ACallHasTheOptionalKeysThatWereSent) {
  const auto message = std::get<CallMessage>(read(
      R"({"details":true,"type":"call","id":7,"item_timeout":0.25,"retries":-2,"queue_wait":0,"input":18446744073709551615,"args":[]})"));
  EXPECT_TRUE(message.details);
  EXPECT_EQ(message.call.item_timeout, 0.25);
  EXPECT_EQ(message.call.retries, -2);
  EXPECT_EQ(message.call.queue_wait, 0.0);
  EXPECT_EQ(message.call.input, 18446744073709551615U);
  const auto plain = std::get<CallMessage>(read(R"({"type":"call","id":7,"args":[],"details":false})"));
  EXPECT_FALSE(plain.details);
  EXPECT_FALSE(plain.call.item_timeout || plain.call.retries || plain.call.queue_wait);
  EXPECT_EQ(plain.call.input, 0U);
}

TEST(PipeMessage, OptionalKeysOfAWrongTypeAreNamed) {
  for (const auto& [key, value, due] :
       {std::array{"item_timeout", "\"1\"", "a number of seconds"},
        std::array{"queue_wait", "null", "a number of seconds"}, std::array{"retries", "1.5", "an integer of 32 bits"},
        std::array{"retries", "2147483648", "an integer of 32 bits"},
        std::array{"retries", "true", "an integer of 32 bits"},
        std::array{"input", "-1", "an integer from 0 to 18446744073709551615"},
        std::array{"input", "18446744073709551616", "an integer from 0 to 18446744073709551615"},
        std::array{"details", "1", "true or false"}}) {
    const std::string payload = R"({"type":"call","id":7,"args":[],")" + std::string(key) + "\":" + value + "}";
    const auto bad = std::get<BadMessage>(read(payload));
    EXPECT_EQ(bad.what, "'" + std::string(key) + "' must be " + due + ", not " + value);
    EXPECT_EQ(bad.id, 7U);
  }
  const auto bad = std::get<BadMessage>(read(R"({"type":"cancel","id":7,"details":true})"));
  EXPECT_EQ(bad.what, "the key 'details' means nothing in a message of type cancel");
}

TEST(PipeMessage, ACallThatNamesNothingIsOfTheDefaultFunction) {
  constexpr std::string_view kPayload = R"({"args":[],"id":1,"type":"call"})";
  EXPECT_EQ(std::get<CallMessage>(read(kPayload)).call.api, Api::kCall);
  PipeMessageReader reader("answer");
  const auto message = std::get<CallMessage>(read(reader, kPayload));
  EXPECT_EQ(message.call.function, "answer");
  EXPECT_EQ(message.call.api, std::nullopt);
}

TEST(PipeMessage, CancelAndInspectHaveAnId) {
  EXPECT_EQ(std::get<CancelMessage>(read(R"({"type":"cancel","id":9007199254740991})")).id, 9007199254740991U);
  EXPECT_EQ(std::get<InspectMessage>(read(R"( { "id" : 3 , "type" : "inspect" } )")).id, 3U);
}

TEST(PipeMessage, KeysAndTypesMayBeEscaped) {
  EXPECT_EQ(std::get<CancelMessage>(read(R"({"t\u0079pe":"canc\u0065l","id":3})")).id, 3U);
}

TEST(PipeMessage, AReaderGoesOnAfterABadMessage) {
  PipeMessageReader reader("");
  for (const std::string_view bad : {"", "{", "[", "\"", "\xff", "{\"id\":1", "{\"id\":1}}", "{\"a\":{\"b\":[}"}) {
    EXPECT_TRUE(std::holds_alternative<BadMessage>(read(reader, bad))) << bad;
    EXPECT_TRUE(std::holds_alternative<CancelMessage>(read(reader, R"({"type":"cancel","id":3})"))) << bad;
  }
}

TEST(PipeMessage, ArgumentsAreAnArray) {
  for (const std::string_view args : {"{}", "\"a\"", "1", "null", "\"a\":\"b\":[null]m]"}) {
    const auto bad =
        std::get<BadMessage>(read(R"({"type":"call","id":7,"args":)" + std::string(args) + R"(,"timeout":2})"));
    EXPECT_TRUE(bad.what.starts_with("'args' must be an array of arguments, not ")) << bad.what;
    EXPECT_EQ(bad.id, 7U);
  }
}

TEST(PipeMessage, AnErrorIsNotCutInsideACharacter) {
  for (std::size_t size = 50; size < 62; ++size) {
    const std::string text = std::string(size, 'x') + "é🙂ü";
    for (const std::string& payload :
         {R"({"type":"call","id":1,"args":[],")" + text + R"(":1})",
          R"({"type":"call","id":1,"args":[],"api":")" + text + R"("})", R"({"id":1,"type":")" + text + R"("})",
          R"({"type":"call","id":1,"args":[],"timeout":")" + text + R"("})"}) {
      EXPECT_TRUE(wire::is_utf8(std::get<BadMessage>(read(payload)).what)) << payload;
    }
  }
}

// Whatever a client sends: a message that is accepted is JSON but for its arguments, which the pool checks.
TEST(PipeMessage, WhateverIsAcceptedIsJson) {
  const std::string good =
      R"({"type":"call","id":7,"function":"é\n","api":"call","args":["a\\",{"k":[1.5e3,true,null]},{}],"timeout":2})";
  constexpr std::string_view kBytes = "{}[],:\"\\ 0-1e.atnu\xc3\xa9\x00\xff\n";
  std::mt19937 random(4711);  // NOLINT: the same texts each time
  PipeMessageReader reader("");
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string payload = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % payload.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 3) {
        case 0:
          payload[at] = byte;
          break;
        case 1:
          payload.insert(at, 1, byte);
          break;
        default:
          payload.erase(at, 1);
      }
    }
    const PipeMessage message = read(reader, payload);
    if (const auto* bad = std::get_if<BadMessage>(&message)) {
      EXPECT_FALSE(bad->what.empty());
      EXPECT_TRUE(wire::is_utf8(bad->what)) << payload;
      continue;
    }
    ++accepted;
    const auto& call = std::get<CallMessage>(message).call;
    EXPECT_TRUE(wire::is_utf8(payload));
    const std::size_t args = payload.find(call.args_json);
    ASSERT_NE(args, std::string::npos);
    const std::string rest = payload.substr(0, args) + "[]" + payload.substr(args + call.args_json.size());
    EXPECT_EQ(wire::JsonChecker(rest, 10).find_error(), std::nullopt) << payload;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace provider_host::pipe
