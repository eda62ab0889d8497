#include "promptfoo/worker/command.h"

#include <gtest/gtest.h>

namespace provider_host::promptfoo {
namespace {

CallCommand call_of(std::string_view line) {
  const Command command = parse_command(line);
  const auto* call = std::get_if<CallCommand>(&command);
  EXPECT_NE(call, nullptr) << line;
  return call != nullptr ? *call : CallCommand{};
}

TEST(Command, ACallNamesItsFunctionAndItsFiles) {
  const CallCommand call = call_of("CALL|A.b|/t/request.json|/t/response.json\r\n");
  EXPECT_EQ(call.function, "A.b");
  EXPECT_EQ(call.request, "/t/request.json");
  EXPECT_EQ(call.response, "/t/response.json");
}

TEST(Command, AnOlderCallNamesNoFunction) {
  const CallCommand call = call_of("CALL|/t/request.json|/t/response.json");
  EXPECT_EQ(call.function, "");
  EXPECT_EQ(call.request, "/t/request.json");
  EXPECT_EQ(call.response, "/t/response.json");
}

TEST(Command, FurtherBarsBelongToTheResponse) { EXPECT_EQ(call_of("CALL|f|/a|/b|c").response, "/b|c"); }

TEST(Command, TheDirectoryOfTheFilesMayHaveBars) {
  const CallCommand call = call_of("CALL|f|/a|b/c|/request.json|/a|b/c|/response.json");
  EXPECT_EQ(call.function, "f");
  EXPECT_EQ(call.request, "/a|b/c|/request.json");
  EXPECT_EQ(call.response, "/a|b/c|/response.json");
}

TEST(Command, ShutdownMayHaveMoreBehindIt) {
  for (const char* line : {"SHUTDOWN", "  SHUTDOWN\r", "SHUTDOWN now"}) {
    EXPECT_TRUE(std::holds_alternative<ShutdownCommand>(parse_command(line))) << line;
  }
}

TEST(Command, TheRestIsUnknown) {
  for (const char* line : {"", "  ", "call|f|a|b", "CALL", "CALL|", "CALL|only", "READY"}) {
    EXPECT_TRUE(std::holds_alternative<UnknownCommand>(parse_command(line))) << line;
  }
}

}  // namespace
}  // namespace provider_host::promptfoo
