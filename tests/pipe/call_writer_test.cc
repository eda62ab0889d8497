#include "pipe/call_writer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "pipe/frame_block.h"
#include "pipe/pipe_message.h"

namespace provider_host::pipe {
namespace {

constexpr std::uint64_t kLastId = (std::uint64_t{1} << 53U) - 1;

std::string_view payload_of(const std::string& frame) { return frames_of(frame).at(0).payload; }

CallMessage read_back(std::uint64_t id, const Call& call) {
  std::string frame;
  append_call(frame, id, call);
  ByteBuffer buffer;
  buffer.append(payload_of(frame));
  return std::get<CallMessage>(PipeMessageReader("").read(buffer.view()));
}

void expect_same(const Call& read, const Call& written) {
  EXPECT_EQ(read.api, written.api);
  EXPECT_EQ(read.function, written.function);
  EXPECT_EQ(read.args_json, written.args_json);
  EXPECT_EQ(read.timeout, written.timeout);
  EXPECT_EQ(read.deadline, written.deadline);
  EXPECT_EQ(read.item_timeout, written.item_timeout);
  EXPECT_EQ(read.queue_wait, written.queue_wait);
  EXPECT_EQ(read.retries, written.retries);
  EXPECT_EQ(read.input, written.input);
  EXPECT_EQ(read.affinity, written.affinity);
}

TEST(CallWriter, AFrameBeginsAsTheProtocolSays) {
  Call call = Call::of("f", {1, "ü"});
  call.timeout = 0.5;
  std::string out = "before";
  append_call(out, 7, call);
  EXPECT_EQ(out,
            std::string("before\0\0\0\x5f", 10) +
                R"({"type":"call","id":7,"details":true,"function":"f","api":"none","timeout":0.5,"args":[1,"ü"]})");
}

TEST(CallWriter, ACallThatNamesNothingMeansCallApi) {
  const CallMessage message = read_back(1, Call{});
  EXPECT_EQ(message.call.api, Api::kCall);
  EXPECT_EQ(message.call.function, "");
}

TEST(CallWriter, HugeValuesStayWhatTheyAre) {
  Call call = Call::of("f", nlohmann::json::array());
  call.input = std::numeric_limits<std::uint64_t>::max();
  call.retries = std::numeric_limits<int>::max();
  call.timeout = std::numeric_limits<double>::max();
  call.deadline = std::numeric_limits<double>::denorm_min();
  call.queue_wait = 0;
  call.item_timeout = -0.1;
  call.args_json = "[" + std::string(100'000, '9') + ",\"" + std::string(1'000'000, 'x') + "\"]";
  const CallMessage message = read_back(kLastId, call);
  EXPECT_EQ(message.id, kLastId);
  EXPECT_TRUE(message.details);
  expect_same(message.call, call);
}

// Whatever stands in a call: reading what was written gives the same call.
TEST(CallWriter, ReadingAWrittenCallGivesTheSameCall) {
  std::mt19937_64 random(4711);  // NOLINT: the same calls each time
  const auto maybe = [&random](auto make) { return random() % 2 == 0 ? std::optional(make()) : std::nullopt; };
  const auto seconds = [&random] { return std::ldexp(static_cast<double>(random() >> 11U), -40); };
  const auto text = [&random](std::size_t least) {
    static const std::string pieces[] = {"a", "\"", "\\", "\n", "\x01", "é", "🙂", "/", "\x7f", "{}", "\xe2\x80\xa8"};
    std::string made;
    for (std::size_t left = least + random() % 6; left > 0; --left) made += pieces[random() % std::size(pieces)];
    return made;
  };
  for (int round = 0; round < 2000; ++round) {
    Call call;
    call.function = text(0);
    if (call.function.empty() || random() % 2 == 0) call.api = static_cast<Api>(random() % 4);
    call.args_json = nlohmann::json::array({text(0), {{text(1), random()}}, -1.5, nullptr}).dump();
    call.timeout = maybe(seconds);
    call.deadline = maybe(seconds);
    call.item_timeout = maybe(seconds);
    call.queue_wait = maybe(seconds);
    call.retries = maybe([&random] { return static_cast<int>(random()); });
    call.input = random() % 2 == 0 ? random() : 0;
    call.affinity = text(0);
    const std::uint64_t id = 1 + random() % kLastId;
    const CallMessage message = read_back(id, call);
    EXPECT_EQ(message.id, id);
    expect_same(message.call, call);
    if (HasFailure()) FAIL() << "in round " << round;
  }
}

}  // namespace
}  // namespace provider_host::pipe
