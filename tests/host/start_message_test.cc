#include "host/start_message.h"

#include <gtest/gtest.h>

#include <string>

#include "host/protocol_violation.h"
#include "padded_text.h"

namespace provider_host::host {
namespace {

constexpr std::string_view kGood =
    R"({"type":"start","protocol":3,"role":"host","host":2,"python":"/p/python3","script":"/s/ü.py","concurrency":4,)"
    R"("frame_limit":1000,"nan":"null","surrogates":"error","bytes":"base64",)"
    R"("event_loop":"uvloop","memory_limit":4096,"core_dumps":"off","no_new_privs":"on","umask":"077"})";

StartMessage read_start(const std::string& text) { return read_start_message(PaddedText(text).view()); }

std::string with(std::string_view old, std::string_view replacement) {
  std::string text(kGood);
  return text.replace(text.find(old), old.size(), replacement);
}

TEST(StartMessage, carries_what_the_pool_chose) {
  const StartMessage start = read_start(std::string(kGood));
  EXPECT_EQ(start.python, "/p/python3");
  EXPECT_EQ(start.script, "/s/ü.py");
  EXPECT_EQ(start.concurrency, 4U);
  EXPECT_EQ(start.frame_limit, 1000U);
  EXPECT_TRUE(start.nan_as_null);
  EXPECT_FALSE(start.replace_surrogates);
  EXPECT_TRUE(start.bytes_as_base64);
  EXPECT_TRUE(start.uvloop);
  EXPECT_EQ(start.memory_limit, 4096U);
  EXPECT_FALSE(start.core_dumps);
  EXPECT_TRUE(start.no_new_privs);
  EXPECT_EQ(start.umask, 077U);
  EXPECT_EQ(read_start(with("077", "inherit")).umask, std::nullopt);
}

TEST(StartMessage, with_a_umask_that_is_no_octal_number_is_refused) {
  for (const char* mask : {"9", "1000", "", "7x", "-1"}) {
    EXPECT_THROW(read_start(with("077", mask)), ProtocolViolation) << mask;
  }
}

TEST(StartMessage, of_another_protocol_is_refused) {
  EXPECT_THROW(read_start(with("protocol\":3,", "protocol\":1,")), ProtocolViolation);
}

TEST(StartMessage, with_a_relative_path_is_refused) {
  EXPECT_THROW(read_start(with("/s/ü.py", "s.py")), ProtocolViolation);
}

TEST(StartMessage, with_a_nul_in_a_path_is_refused) {
  EXPECT_THROW(read_start(with("/s/ü.py", "/s\\u0000.py")), ProtocolViolation);
}

TEST(StartMessage, with_an_unknown_policy_is_refused) {
  EXPECT_THROW(read_start(with("null", "zero")), ProtocolViolation);
}

TEST(StartMessage, with_an_unknown_event_loop_is_refused) {
  EXPECT_THROW(read_start(with("uvloop", "error")), ProtocolViolation);
}

TEST(StartMessage, with_no_concurrency_is_refused) {
  EXPECT_THROW(read_start(with("\"concurrency\":4", "\"concurrency\":0")), ProtocolViolation);
}

TEST(StartMessage, must_be_what_comes_first) { EXPECT_THROW(read_start(with("start", "call")), ProtocolViolation); }

}  // namespace
}  // namespace provider_host::host
