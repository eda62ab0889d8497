#include "pipe/frame_block.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "wire/frame_codec.h"

namespace provider_host::pipe {
namespace {

std::string framed(std::string_view payload) {
  const auto header = wire::encode_header(payload.size());
  return std::string(header.data(), header.size()) + std::string(payload);
}

TEST(FrameBlock, GivesEachFrameWithItsId) {
  const std::string call = framed(R"({"type":"call","id":1,"args":[]})");
  const std::string result = framed(R"({"type":"result","id":18446744073709551615,"result":1})");
  const std::string error = framed(R"({"type":"error","id":3,broken)");
  const std::string block = call + result + error;
  const auto frames = frames_of(block);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0].id, 1U);
  EXPECT_EQ(frames[0].frame, call);
  EXPECT_EQ(frames[0].payload, R"({"type":"call","id":1,"args":[]})");
  EXPECT_EQ(frames[1].id, 18446744073709551615U);
  EXPECT_EQ(frames[1].frame, result);
  EXPECT_EQ(frames[2].id, 3U);
  EXPECT_EQ(frames[2].frame, error);
  EXPECT_TRUE(frames_of("").empty());
}

TEST(FrameBlock, RefusesWhatIsNoBlock) {
  const std::string good = framed(R"({"type":"call","id":1,"args":[]})");
  for (const std::string& bad :
       {std::string("x"), std::string(3, '\0'), std::string(4, '\0'), good.substr(0, good.size() - 1),
        good + good.substr(0, 4), good + "text", framed("{}"), framed(R"({"type":"call","id":0,"args":[]})"),
        framed(R"({"type":"call","id":01,"args":[]})"), framed(R"({"type":"call","id":-1,"args":[]})"),
        framed(R"({"type":"call","id":18446744073709551616,"args":[]})"), framed(R"({"type":"call","id":1)"),
        framed(R"({"type":"call","id":"1","args":[]})"), framed(R"({"type":"cancel","id":1})"),
        framed(R"({"type":"error","id":null,"error":{}})"), framed(R"({"id":1,"type":"call","args":[]})"),
        framed(R"({ "type":"call","id":1,"args":[]})"), std::string("\xff\xff\xff\xff{\"type\":", 12)}) {
    EXPECT_THROW(static_cast<void>(frames_of(bad)), std::invalid_argument) << bad;
  }
}

TEST(FrameBlock, SaysWhereTheFirstWrongFrameIs) {
  const std::string good = framed(R"({"type":"call","id":1,"args":[]})");
  EXPECT_THAT([&] { static_cast<void>(frames_of(good + framed("{}"))); },
              testing::ThrowsMessage<std::invalid_argument>("the frame at byte " + std::to_string(good.size()) +
                                                            " is no call, result or error with an id"));
}

}  // namespace
}  // namespace provider_host::pipe
