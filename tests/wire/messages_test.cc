#include "wire/messages.h"

#include <gmock/gmock.h>

#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "wire/frame_codec.h"
#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

using ::testing::HasSubstr;

// The messages in the table of the document's example that holds this text, in order.
std::vector<std::string> messages_of_the_table_with(const std::string& text) {
  std::ifstream file(TEST_PROTOCOL_DOCUMENT);
  std::vector<std::string> rows;
  bool is_found = false;
  for (std::string line; std::getline(file, line) && !(is_found && line.empty());) {
    if (line.empty()) rows.clear();
    is_found = is_found || line.find(text) != std::string::npos;
    const auto start = line.find("`{");
    const auto end = line.find("}`");
    if (line.starts_with('|') && start != std::string::npos) rows.push_back(line.substr(start + 1, end - start));
  }
  return rows;
}

// The hex dumps of docs/protocol.md, as bytes, one for each block.
std::vector<std::string> examples_of_the_document() {
  std::ifstream file(TEST_PROTOCOL_DOCUMENT);
  std::vector<std::string> blocks(1);
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    const bool dump = line.size() > 48 && line[2] == ' ' && line.find("  |") != std::string::npos && line.back() == '|';
    if (inside && !dump) blocks.emplace_back();
    inside = dump;
    if (!dump) continue;
    std::istringstream hex(line.substr(0, line.find("  |")));
    for (std::string byte; hex >> byte;) blocks.back() += static_cast<char>(std::stoi(byte, nullptr, 16));
  }
  blocks.pop_back();
  return blocks;
}

std::string call_frame(std::uint64_t id, std::string_view function, std::string_view api, std::string_view args,
                       CallMode mode = CallMode::kCall) {
  return encode_call_prefix(id, function, api, args.size(), mode) + std::string(args) + std::string(kCallSuffix);
}

std::string payload_of(const std::string& frame) {
  FrameDecoder decoder;
  decoder.feed(frame);
  EXPECT_EQ(decoder.next(), FrameDecoder::Event::kFrame);
  std::string payload(decoder.payload());
  EXPECT_EQ(decoder.next(), FrameDecoder::Event::kNeedMore);
  EXPECT_TRUE(decoder.at_boundary());
  return payload;
}

std::string violation_of(std::string_view payload) {
  const HostMessage message = parse_host_message(payload);
  const auto* violation = std::get_if<Violation>(&message);
  return violation != nullptr ? violation->what : "";
}

TEST(Messages, WritesTheCallOfTheDocument) {
  const auto examples = examples_of_the_document();
  ASSERT_EQ(examples.size(), 6U);  // the last three are those of the pipe
  EXPECT_EQ(call_frame(7, "call_api", "call", R"(["Hi",{},{}])"), examples[1]);
}

TEST(Messages, ReadsTheResultOfTheDocument) {
  const auto examples = examples_of_the_document();
  ASSERT_EQ(examples.size(), 6U);  // the last three are those of the pipe
  const std::string payload = payload_of(examples[2]);
  const HostMessage message = parse_host_message(payload);
  ASSERT_TRUE(std::holds_alternative<ResultMessage>(message));
  EXPECT_EQ(std::get<ResultMessage>(message).id, 7U);
  EXPECT_EQ(std::get<ResultMessage>(message).result, R"({"output":"Grüezi"})");
}

TEST(Messages, ReadsTheRecallOfTheDocument) {
  const HostMessage message = parse_host_message(payload_of(examples_of_the_document().at(0)));
  ASSERT_TRUE(std::holds_alternative<RecalledMessage>(message));
  EXPECT_GT(std::get<RecalledMessage>(message).id, 0U);
}

TEST(Messages, WritesAndReadsTheStreamOfTheDocument) {
  const auto rows = messages_of_the_table_with(R"({"type":"stream","id":7,"function":"call_api")");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(payload_of(call_frame(7, "call_api", "call", R"(["Hi",{},{}])", CallMode::kStream)), rows[0]);
  EXPECT_EQ(rows[1].size(), 34U) << "as the document says";
  for (const auto& [row, item] : {std::pair{rows[1], R"("Hi")"}, {rows[2], R"(" you")"}}) {
    const HostMessage message = parse_host_message(row);
    ASSERT_TRUE(std::holds_alternative<ItemMessage>(message)) << row;
    EXPECT_EQ(std::get<ItemMessage>(message).id, 7U);
    EXPECT_EQ(std::get<ItemMessage>(message).item, item);
  }
  EXPECT_EQ(payload_of(encode_credit(7, 512)), rows[3]);
  const HostMessage result = parse_host_message(rows[4]);
  ASSERT_TRUE(std::holds_alternative<ResultMessage>(result));
  EXPECT_EQ(std::get<ResultMessage>(result).result, "null");
}

TEST(Messages, WritesTheStartMessageInTheOrderOfTheDocument) {
  const std::string frame = encode_start({.host = 2,
                                          .python = "/usr/bin/python3",
                                          .script = "/tmp/a \"b\".py",
                                          .concurrency = 4,
                                          .frame_limit = 1024,
                                          .nan = "null",
                                          .surrogates = "replace",
                                          .bytes = "base64",
                                          .event_loop = "uvloop",
                                          .memory_limit = 4096,
                                          .core_dumps = true,
                                          .no_new_privs = false,
                                          .umask = "77"});
  EXPECT_EQ(
      payload_of(frame),
      R"({"type":"start","protocol":3,"role":"host","host":2,"python":"/usr/bin/python3","script":"/tmp/a \"b\".py",)"
      R"("concurrency":4,"frame_limit":1024,"nan":"null","surrogates":"replace","bytes":"base64",)"
      R"("event_loop":"uvloop","memory_limit":4096,"core_dumps":"on","no_new_privs":"off","umask":"77"})");
}

TEST(Messages, WritesTheSmallFrames) {
  EXPECT_EQ(payload_of(encode_inspect(9)), R"({"type":"inspect","id":9})");
  EXPECT_EQ(payload_of(encode_ping(10)), R"({"type":"ping","id":10})");
  EXPECT_EQ(payload_of(encode_dump()), R"({"type":"dump"})");
  EXPECT_EQ(payload_of(encode_probe(3)), R"({"type":"probe","id":3})");
  EXPECT_EQ(payload_of(encode_cancel(12)), R"({"type":"cancel","id":12})");
  EXPECT_EQ(payload_of(encode_close(12)), R"({"type":"close","id":12})");
  EXPECT_EQ(payload_of(encode_credit(12, std::int64_t{1} << 40U)),
            R"({"type":"credit","id":12,"bytes":1099511627776})");
}

TEST(Messages, SayWhatBecomesOfTheItemsOfACall) {
  const std::string rest = R"(,"id":3,"function":"f","api":"none","args":[1]})";
  EXPECT_EQ(payload_of(call_frame(3, "f", "none", "[1]")), R"({"type":"call")" + rest);
  EXPECT_EQ(payload_of(call_frame(3, "f", "none", "[1]", CallMode::kStream)), R"({"type":"stream")" + rest);
  EXPECT_EQ(payload_of(call_frame(3, "f", "none", "[1]", CallMode::kWatched)), R"({"type":"watched")" + rest);
  std::string appended = "x";
  append_call_prefix(appended, 3, "f", "none", 3, CallMode::kStream);
  EXPECT_EQ(appended, "x" + encode_call_prefix(3, "f", "none", 3, CallMode::kStream));
}

TEST(Messages, QuotesTheNameOfAFunction) {
  const std::string payload = payload_of(call_frame(1, "a\"},\n", "none", "[]"));
  EXPECT_EQ(json_error(payload, 10), std::nullopt);
  EXPECT_EQ(nlohmann::json::parse(payload).at("function"), "a\"},\n");
}

TEST(Messages, KnowsTheSizeOfACallBeforeItIsWritten) {
  const std::string frame = call_frame(123, "f\n", "none", "[1,2,3]");
  EXPECT_EQ(call_payload_size(123, "f\n", "none", 7), frame.size() - kHeaderSize);
}

TEST(Messages, ReadsReady) {
  const HostMessage message = parse_host_message(
      R"({"type":"ready","protocol":3,"python":"3.11.7","executable":"/usr/bin/python3","import_ms":12.5})");
  ASSERT_TRUE(std::holds_alternative<ReadyMessage>(message));
  const auto& ready = std::get<ReadyMessage>(message);
  EXPECT_EQ(ready.python, "3.11.7");
  EXPECT_EQ(ready.executable, "/usr/bin/python3");
  EXPECT_DOUBLE_EQ(ready.import_ms, 12.5);
  EXPECT_EQ(ready.api, "call");
}

TEST(Messages, ReadsWhatATemplateSays) {
  const HostMessage ready = parse_host_message(
      R"({"type":"template","protocol":3,"python":"3.11.7","executable":"/p","import_ms":1,"api":"embedding"})");
  ASSERT_TRUE(std::holds_alternative<ReadyMessage>(ready));
  EXPECT_TRUE(std::get<ReadyMessage>(ready).is_template);
  const HostMessage refused = parse_host_message(R"({"type":"unforkable","reason":"a \"thread\""})");
  ASSERT_TRUE(std::holds_alternative<UnforkableMessage>(refused));
  EXPECT_EQ(std::get<UnforkableMessage>(refused).reason, "a \"thread\"");
  const HostMessage forked = parse_host_message(R"({"type":"forked","id":3,"pid":77})");
  ASSERT_TRUE(std::holds_alternative<ForkedMessage>(forked));
  EXPECT_EQ(std::get<ForkedMessage>(forked).pid, 77);
  const HostMessage unforked = parse_host_message(R"({"type":"unforked","id":3,"reason":"none"})");
  ASSERT_TRUE(std::holds_alternative<UnforkedMessage>(unforked));
  EXPECT_EQ(std::get<UnforkedMessage>(unforked).id, 3U);
  const HostMessage exited =
      parse_host_message(R"({"type":"exited","id":3,"code":0,"signal":11,"peak_rss":4398046511104,"cpu_limit":2})");
  ASSERT_TRUE(std::holds_alternative<ExitedMessage>(exited));
  EXPECT_EQ(std::get<ExitedMessage>(exited).signal, 11);
  EXPECT_EQ(std::get<ExitedMessage>(exited).peak_rss, 4398046511104U);
  EXPECT_EQ(std::get<ExitedMessage>(exited).cpu_limit, 2U);
}

TEST(Messages, ReadsTheApiOfAScriptWithoutCallApi) {
  const HostMessage message = parse_host_message(
      R"({"type":"ready","protocol":3,"python":"3.11.7","executable":"/p","import_ms":1,"api":"embedding"})");
  ASSERT_TRUE(std::holds_alternative<ReadyMessage>(message));
  EXPECT_EQ(std::get<ReadyMessage>(message).api, "embedding");
}

TEST(Messages, ReadsFailed) {
  const HostMessage message = parse_host_message(R"({"type":"failed","error":{"kind":"import_failed","message":"m"}})");
  ASSERT_TRUE(std::holds_alternative<FailedMessage>(message));
  EXPECT_EQ(std::get<FailedMessage>(message).error, R"({"kind":"import_failed","message":"m"})");
}

TEST(Messages, ReadsErrors) {
  const HostMessage message = parse_host_message(R"({"type":"error","id":9007199254740991,"error":{"kind":"x"}})");
  ASSERT_TRUE(std::holds_alternative<ErrorMessage>(message));
  EXPECT_EQ(std::get<ErrorMessage>(message).id, 9007199254740991U);
  EXPECT_EQ(std::get<ErrorMessage>(message).error, R"({"kind":"x"})");
}

TEST(Messages, HandsResultsOnAsTheyWereWritten) {
  for (const char* value :
       {"null", "\"}\"", "[1,{\"a\":2}]", "123456789012345678901234567890", R"({"type":"error"})"}) {
    const std::string payload = std::string(R"({"type":"result","id":1,"result":)") + value + "}";
    const HostMessage message = parse_host_message(payload);
    ASSERT_TRUE(std::holds_alternative<ResultMessage>(message)) << value;
    EXPECT_EQ(std::get<ResultMessage>(message).result, value);
  }
}

TEST(Messages, HandsItemsOnAsTheyWereWritten) {
  for (const char* value : {"null", "\"}\"", "[1,{\"a\":2}]", "1e400", R"({"type":"result","id":2,"result":1})"}) {
    const std::string payload = std::string(R"({"type":"item","id":9007199254740991,"item":)") + value + "}";
    const HostMessage message = parse_host_message(payload);
    ASSERT_TRUE(std::holds_alternative<ItemMessage>(message)) << value;
    EXPECT_EQ(std::get<ItemMessage>(message).id, 9007199254740991U);
    EXPECT_EQ(std::get<ItemMessage>(message).item, value);
  }
}

TEST(Messages, ReadsProgress) {
  const HostMessage message = parse_host_message(R"({"type":"progress","id":8})");
  ASSERT_TRUE(std::holds_alternative<ProgressMessage>(message));
  EXPECT_EQ(std::get<ProgressMessage>(message).id, 8U);
}

TEST(Messages, TakesItemsAsDeepAsResults) {
  auto item = [](std::size_t levels) {
    return R"({"type":"item","id":1,"item":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(violation_of(item(kMaxFrameDepth - 1)), "");
  EXPECT_NE(violation_of(item(kMaxFrameDepth)), "");
}

TEST(Messages, TakesResultsAsDeepAsTheDocumentAllows) {
  auto result = [](std::size_t levels) {
    return R"({"type":"result","id":1,"result":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(violation_of(result(kMaxValueDepth)), "");
  EXPECT_EQ(violation_of(result(kMaxFrameDepth - 1)), "");
  EXPECT_NE(violation_of(result(kMaxFrameDepth)), "");
}

class Violations : public testing::TestWithParam<const char*> {};
TEST_P(Violations, AreTold) { EXPECT_NE(violation_of(GetParam()), ""); }
INSTANTIATE_TEST_SUITE_P(
    Messages, Violations,
    testing::Values("", "hello", "{}", "[]", "1", "null", "{", R"({"type":"result"})", R"({"type":"gossip"})",
                    R"({"type":1})", R"({"id":1,"type":"result","result":1})",
                    R"( {"type":"result","id":1,"result":1})", R"({"type": "result","id":1,"result":1})",
                    R"({"type":"result","id":1})", R"({"type":"result","result":1,"id":1})",
                    R"({"type":"result","id":1,"result":})", R"({"type":"result","id":1,"result":1)",
                    R"({"type":"result","id":1,"result":1}})", R"({"type":"result","id":1,"result":1,"more":2})",
                    R"({"type":"result","id":1,"result":1} )", R"({"type":"result","id":1,"result":nope})",
                    R"({"type":"result","id":1,"result":NaN})", R"({"type":"result","id":1,"result":"\ud800"})",
                    R"({"type":"result","id":0,"result":1})", R"({"type":"result","id":-1,"result":1})",
                    R"({"type":"result","id":1.0,"result":1})", R"({"type":"result","id":"1","result":1})",
                    R"({"type":"result","id":01,"result":1})", R"({"type":"result","id":+1,"result":1})",
                    R"({"type":"result","id":,"result":1})",
                    R"({"type":"result","id":18446744073709551616,"result":1})",
                    R"({"type":"error","id":1,"error":"text"})", R"({"type":"error","id":1,"error":null})",
                    R"({"type":"error","id":1,"error":{})", R"({"type":"error","error":{}})", R"({"type":"failed"})",
                    R"({"type":"failed","error":[]})", R"({"type":"failed","error":{},"id":1})",
                    R"({"type":"ready","protocol":1,"python":"3","executable":"/p","import_ms":1})",
                    R"({"type":"ready","protocol":"3","python":"3","executable":"/p","import_ms":1})",
                    R"({"type":"ready","python":"3","executable":"/p","import_ms":1})",
                    R"({"type":"ready","protocol":3,"executable":"/p","import_ms":1})",
                    R"({"type":"ready","protocol":3,"python":3,"executable":"/p","import_ms":1})",
                    R"({"type":"ready","protocol":3,"python":"3","executable":"/p"})",
                    R"({"type":"ready","protocol":3,"python":"3","executable":"/p","import_ms":"1"})",
                    R"({"type":"ready","protocol":3,"python":"3","executable":"/p","import_ms":1,"more":1})",
                    R"({"type":"ready","protocol":3,"python":"3","executable":"/p","import_ms":1)",
                    R"({"type":"ready","protocol":3,"python":"3","executable":"/p","import_ms":1,"api":"none"})",
                    R"({"type":"ready",)", R"({"type":"start","protocol":3})",
                    R"({"type":"call","id":1,"function":"f","api":"none","args":[]})", R"({"type":"pong","id":1})"));

INSTANTIATE_TEST_SUITE_P(
    Streams, Violations,
    testing::Values(R"({"type":"item"})", R"({"type":"item","id":1})", R"({"type":"item","id":1,"item":})",
                    R"({"type":"item","id":1,"item":1)", R"({"type":"item","id":1,"item":1}})",
                    R"({"type":"item","id":1,"item":1,"more":2})", R"({"type":"item","id":1,"item":"\ud800"})",
                    R"({"type":"item","id":1,"item":nope})", R"({"type":"item","id":0,"item":1})",
                    R"({"type":"item","id":"1","item":1})", R"({"type":"item","item":1,"id":1})",
                    R"({"type":"item","id":1,"result":1})", R"({"type":"progress"})", R"({"type":"progress","id":0})",
                    R"({"type":"progress","id":1,"item":1})", R"({"type":"progress","id":1)",
                    R"({"type":"progress","id":1}})", R"({"type":"progress","id":-1})",
                    R"({"type":"stream","id":1,"function":"f","api":"none","args":[]})",
                    R"({"type":"credit","id":1,"bytes":1})", R"({"type":"close","id":1})"));

INSTANTIATE_TEST_SUITE_P(
    Templates, Violations,
    testing::Values(R"({"type":"unforkable"})", R"({"type":"unforkable","reason":1})",
                    R"({"type":"unforkable","reason":"x","more":1})", R"({"type":"forked","id":1})",
                    R"({"type":"forked","id":1,"pid":-1})", R"({"type":"forked","id":1,"pid":1.5})",
                    R"({"type":"forked","id":1,"pid":99999999999})", R"({"type":"unforked","id":1,"reason":null})",
                    R"({"type":"exited","id":1,"code":0,"signal":0,"peak_rss":0})",
                    R"({"type":"exited","id":1,"code":0,"signal":0,"peak_rss":1e300,"cpu_limit":0})",
                    R"({"type":"exited","id":1,"code":0,"signal":0,"peak_rss":0,"cpu_limit":0)",
                    R"({"type":"fork","id":1})", R"({"type":"reap","id":1})"));

TEST(Messages, AZeroByteIsNotTheEndOfAMessage) {
  using namespace std::string_view_literals;
  EXPECT_THAT(violation_of("{\"type\":\"unforkable\",\"reason\":\"x\"}\0more"sv), HasSubstr("not JSON"));
  EXPECT_THAT(violation_of("{\"type\":\"forked\",\"id\":1,\"pid\":2}\0"sv), HasSubstr("not JSON"));
}

TEST(Messages, NamesTheVersionThatDiffers) {
  EXPECT_EQ(violation_of(R"({"type":"ready","protocol":1,"python":"3","executable":"/p","import_ms":1})"),
            "the host speaks protocol 1, the pool 3");
}

TEST(Messages, ShowsTheStartOfWhatItDoesNotUnderstand) {
  EXPECT_THAT(violation_of("Traceback (most recent call last):"), HasSubstr("Traceback (most recent"));
  EXPECT_LT(violation_of(std::string(100'000, 'x')).size(), 300U);
}

TEST(Messages, CutsWhatItShowsBetweenCharacters) {
  for (const std::size_t shift : {0U, 1U, 2U, 3U}) {
    std::string payload(shift, 'x');
    for (int i = 0; i < 100; ++i) payload += "😀";
    EXPECT_TRUE(is_utf8(violation_of(payload))) << shift;
  }
}

TEST(Messages, AreUtf8) {
  for (const char* const payload :
       {"\xFF", "{\"type\":\"result\",\"id\":1,\"result\":\"\xFF\"}",
        "{\"type\":\"result\",\"id\":1,\"result\":\"\xC3\"}", "{\"type\":\"error\",\"id\":1,\"error\":{\"\xFF\":1}}",
        "{\"type\":\"item\",\"id\":1,\"item\":\"\xFF\"}", "{\"type\":\"failed\",\"error\":{\"a\":\"\xED\xA0\x80\"}}",
        "{\"type\":\"ready\",\"protocol\":2,\"python\":\"3\",\"executable\":\"/\xFF\",\"import_ms\":1}"}) {
    EXPECT_EQ(violation_of(payload), "a frame that is not UTF-8") << payload;
  }
}

TEST(Messages, KnowsAPong) {
  EXPECT_TRUE(is_pong(R"({"type":"pong","id":12})"));
  for (const char* other : {"", "{}", R"({"type":"pong"})", R"({"type":"pong","id":})", R"({"type":"pong","id":12)",
                            R"({"type":"pong","id":12}})", R"({"type":"ping","id":12})"}) {
    EXPECT_FALSE(is_pong(other)) << other;
  }
}

}  // namespace
}  // namespace provider_host::wire
