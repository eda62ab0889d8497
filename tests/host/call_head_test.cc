#include "host/calls/call_head.h"

#include <gtest/gtest.h>

#include <string>

namespace provider_host::host {
namespace {

TEST(CallHead, CutsACallThatIsWrittenAsThePoolWritesIt) {
  const auto head =
      CallHead::cut(R"({"type":"call","id":9007199254740991,"function":"A.b","api":"none","args":["}",{}]})");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->id, kMaxCallId);
  EXPECT_EQ(head->function, "A.b");
  EXPECT_EQ(head->api, "none");
  EXPECT_EQ(head->args, R"(["}",{}])");
}

TEST(CallHead, KnowsWhatBecomesOfTheItems) {
  const std::string rest = R"("id":1,"function":"f","api":"none","args":[]})";
  EXPECT_EQ(CallHead::cut(R"({"type":"call",)" + rest)->mode, Mode::kCall);
  EXPECT_EQ(CallHead::cut(R"({"type":"stream",)" + rest)->mode, Mode::kStream);
  EXPECT_EQ(CallHead::cut(R"({"type":"watched",)" + rest)->mode, Mode::kWatched);
}

TEST(CallHead, LeavesTheRestToTheGeneralReader) {
  for (const char* const other :
       {"", "{}", R"({"type":"inspect","id":1})", R"({ "type":"call","id":1,"function":"f","api":"none","args":[]})",
        R"({"type":"call","id":0,"function":"f","api":"none","args":[]})",
        R"({"type":"call","id":01,"function":"f","api":"none","args":[]})",
        R"({"type":"call","id":9007199254740992,"function":"f","api":"none","args":[]})",
        R"({"type":"call","id":99999999999999999999,"function":"f","api":"none","args":[]})",
        R"({"type":"call","id":1,"function":"\u0066","api":"none","args":[]})",
        R"({"type":"call","id":1,"function":"f)", "{\"type\":\"call\",\"id\":1,\"function\":\"\xC3\xA4\",\"api\":",
        R"({"type":"call","id":1,"function":"f","api":"none","args":[])"}) {
    EXPECT_FALSE(CallHead::cut(other)) << other;
  }
}

}  // namespace
}  // namespace provider_host::host
