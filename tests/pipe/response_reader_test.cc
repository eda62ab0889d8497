#include "pipe/response_reader.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pipe/frame_block.h"
#include "pipe/pipe_response.h"

namespace provider_host::pipe {
namespace {

std::optional<TaggedOutcome> read_response(std::string_view payload) {
  // A copy of exactly this size: nothing behind the payload may be read.
  const std::unique_ptr<char[]> exact(new char[payload.size()]);
  payload.copy(exact.get(), payload.size());
  return ResponseReader().read({exact.get(), payload.size()});
}

Outcome with_details(Outcome outcome) {
  outcome.latency_ms = 12.345;
  outcome.host = 7;
  outcome.pid = 4'194'303;
  outcome.stdout_text = "said \"ü\"\n";
  outcome.stderr_text = "\x01🙂";
  return outcome;
}

Outcome sent(std::uint64_t id, const Outcome& outcome) {
  std::string frame;
  append_response(frame, id, outcome);
  const auto frames = frames_of(frame);
  EXPECT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames.at(0).id, id);
  const auto response = read_response(frames.at(0).payload);
  EXPECT_EQ(response->tag, id);
  return response->outcome;
}

void expect_same_details(const Outcome& read, const Outcome& written) {
  EXPECT_EQ(read.latency_ms, written.latency_ms);
  EXPECT_EQ(read.host, written.host);
  EXPECT_EQ(read.pid, written.pid);
  EXPECT_EQ(read.stdout_text, written.stdout_text);
  EXPECT_EQ(read.stderr_text, written.stderr_text);
}

Error whole_error() {
  Error error;
  error.kind = ErrorKind::kHostCrashed;
  error.message = "it \"crashed\"\n";
  error.traceback = "Traceback…";
  error.type = "ValueError";
  error.partial = "Hi \\";
  error.path = "$[1]";
  error.signal = 11;
  error.exit_code = -1;
  error.stack = "File \"a.py\", line 1";
  error.stderr_tail = "oops\n";
  error.verdict = "out-of-memory";
  error.peak_rss = std::numeric_limits<std::uint64_t>::max();
  error.phase = "running";
  error.queued_s = 0;
  error.ran_s = 1.0 / 3;
  error.culprit = "17";
  error.crashes = std::numeric_limits<int>::max();
  error.last_error = "no such module";
  error.retry_after = 1e300;
  error.limit = std::numeric_limits<std::uint64_t>::max() - 1;
  return error;
}

TEST(ResponseReader, AResultStaysTheTextThatItIs) {
  for (const std::string& json :
       {std::string("null"), std::string("1.50"), std::string("\"\\u00fc\""),
        std::string(R"({"a": [1, {"result":2}]})"), "[" + std::string(100'000, '9') + "]",
        std::string(1000, '[') + std::string(1000, ']'), "\"" + std::string(3'000'000, 'x') + "\""}) {
    const Outcome written = with_details(Outcome::success(json));
    const Outcome read = sent(9007199254740991U, written);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.json(), json);
    expect_same_details(read, written);
  }
}

TEST(ResponseReader, OutputIsLeftOutWhenThereIsNone) {
  std::string frame;
  append_response(frame, 1, Outcome::success("1"));
  EXPECT_EQ(frame.substr(4), R"({"type":"result","id":1,"result":1,"latency_ms":0,"host":0,"pid":0})");
  expect_same_details(sent(1, Outcome::success("1")), Outcome());
}

TEST(ResponseReader, AnErrorHasAllItsFields) {
  const Outcome written = with_details(Outcome::failure(whole_error()));
  const Outcome read = sent(1, written);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(to_json(read.error()), to_json(written.error()));
  EXPECT_EQ(to_json(read.error()).size(), 20U) << "of each field one";
  expect_same_details(read, written);
}

TEST(ResponseReader, FieldsThatAreNotThereStayEmpty) {
  Error error;
  error.kind = ErrorKind::kCancelled;
  const Error read = sent(1, Outcome::failure(error)).error();
  EXPECT_EQ(to_json(read), to_json(error));
  EXPECT_FALSE(read.signal || read.peak_rss || read.culprit || read.retry_after);
}

TEST(ResponseReader, EveryKindComesBack) {
  for (unsigned kind = 0; kind <= static_cast<unsigned>(ErrorKind::kProtocolError); ++kind) {
    Error error;
    error.kind = static_cast<ErrorKind>(kind);
    EXPECT_EQ(sent(1, Outcome::failure(error)).error().kind, error.kind);
  }
}

TEST(ResponseReader, ResponsesWithoutDetailsAreRead) {
  const auto result = read_response(result_head(5) + "[1]" + result_tail(Outcome()));
  EXPECT_EQ(result->tag, 5U);
  EXPECT_EQ(result->outcome.json(), "[1]");
  const auto error = read_response(error_response(6, whole_error()));
  EXPECT_EQ(error->tag, 6U);
  EXPECT_EQ(error->outcome.error().message, whole_error().message);
}

TEST(ResponseReader, MessagesOfOtherTypesAreTheCallers) {
  for (const std::string_view other :
       {R"({"type":"ready","protocol":1})", R"({"type":"failed","error":{}})", R"({"type":"log","level":"info"})",
        R"({"type":"call","id":1,"args":[]})", R"({"type":"","x":1})"}) {
    EXPECT_EQ(read_response(other), std::nullopt) << other;
  }
}

TEST(ResponseReader, GarbageIsAnError) {
  for (const std::string_view bad :
       {"",
        " ",
        "null",
        "[]",
        "{}",
        "{",
        "\"",
        "\xff",
        R"({"id":1,"type":"result","result":1})",
        R"({"type":1,"id":1})",
        R"({"type":"result"})",
        R"({"type":"result","id":1})",
        R"({"type":"result","result":1})",
        R"({"type":"result","id":null,"result":1})",
        R"({"type":"result","id":-1,"result":1})",
        R"({"type":"result","id":1.5,"result":1})",
        R"({"type":"result","id":"1","result":1})",
        R"({"type":"result","id":1,"result":})",
        R"({"type":"result","id":1,"result":[1})",
        R"({"type":"result","id":1,"result":1)",
        R"({"type":"result","id":1,"result":1}})",
        R"({"type":"result","id":1,"result":1,"result":2})",
        R"({"type":"result","id":1,"result":1,"odd":2})",
        R"({"type":"result","id":1,"result":1,"host":-1})",
        R"({"type":"result","id":1,"result":1,"pid":2147483648})",
        R"({"type":"result","id":1,"result":1,"host":1.5})",
        R"({"type":"result","id":1,"result":1,"latency_ms":"1"})",
        R"({"type":"result","id":1,"result":1,"stdout":1})",
        R"({"type":"result","id":1,"error":{"kind":"timeout"}})",
        R"({"type":"error","id":1,"result":1})",
        R"({"type":"error","id":1,"error":1})",
        R"({"type":"error","id":1,"error":{"message":"m"}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout"}})",
        R"({"type":"error","id":1,"error":{"kind":"odd","message":"m"}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":1}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","signal":2147483648}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","signal":1.5}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","peak_rss":-1}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","ran_s":"1"}})",
        R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","culprit":1}})",
        R"({"type":"error","id":null,"error":{"kind":"timeout","message":"m"}})"}) {
    EXPECT_THROW(static_cast<void>(read_response(bad)), std::runtime_error) << bad;
  }
}

TEST(ResponseReader, WhatANewerVersionSaysOfAnErrorIsPassedOver) {
  const auto read_one =
      read_response(R"({"type":"error","id":1,"error":{"kind":"timeout","message":"m","odd":[{}],"phase":"queued"}})");
  EXPECT_EQ(read_one->outcome.error().phase, "queued");
}

// Whatever comes: a response, some other message, or an error; and the reader goes on.
TEST(ResponseReader, GoesOnAfterGarbage) {
  std::string frame;
  append_response(frame, 3, with_details(Outcome::failure(whole_error())));
  const std::string good = frame.substr(4);
  constexpr std::string_view kBytes = "{}[],:\"\\ 0-1e.atnu\xc3\xa9\xff\n";
  std::mt19937 random(4711);  // NOLINT: the same texts each time
  ResponseReader reader;
  for (int round = 0; round < 20'000; ++round) {
    std::string payload = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      payload[random() % payload.size()] = kBytes[random() % kBytes.size()];
    }
    try {
      static_cast<void>(reader.read(payload));
    } catch (const std::runtime_error&) {
    }
    ASSERT_EQ(reader.read(good)->tag, 3U);
  }
}

}  // namespace
}  // namespace provider_host::pipe
