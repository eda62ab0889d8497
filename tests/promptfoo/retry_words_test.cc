#include "promptfoo/worker/retry_words.h"

#include <gmock/gmock.h>

namespace provider_host::promptfoo {
namespace {

// What is without them already stays as it is.
bool has_retry_words(const std::string& text) { return without_retry_words(text) != text; }

std::string visible(std::string text) {
  for (std::size_t at = text.find("\u2060"); at != std::string::npos; at = text.find("\u2060")) text.erase(at, 3);
  return text;
}

TEST(RetryWords, LookTheSameAndAreNoneAnyMore) {
  for (const std::string text :
       {"line 503", "pid 5021", "0x00007f5044290000", "502503504429", "NETWORK", "my_network.py", "ECONNREFUSED",
        "econnreset", "EPROTO", "Socket hang up", "bad record MAC", "Rate Limit", "too many requests",
        "asyncio/timeouts.py", "start_timeout"}) {
    ASSERT_TRUE(has_retry_words(text)) << text;
    const std::string harmless = without_retry_words(text);
    EXPECT_FALSE(has_retry_words(harmless)) << harmless;
    EXPECT_EQ(visible(harmless), text);
  }
}

TEST(RetryWords, TheTimeoutOfASentenceIsATimeLimit) {
  EXPECT_EQ(without_retry_words("its timeout of 5 s passed"), "its time limit of 5 s passed");
  EXPECT_EQ(without_retry_words("Timeout: none"), "Time limit: none");
  EXPECT_EQ(without_retry_words("(timeout)"), "(time limit)");
  EXPECT_EQ(without_retry_words("a timeout"), "a time limit");
}

TEST(RetryWords, OtherTextStaysAsItIs) {
  for (const std::string text : {"", "f() took 50 ms: 4 29, Grüezi \u2060", "time out", "net work"}) {
    EXPECT_FALSE(has_retry_words(text));
    EXPECT_EQ(without_retry_words(text), text);
  }
}

TEST(RetryWords, OfATracebackOnlyTheLocationsChange) {
  const std::string traceback =
      "Traceback (most recent call last):\n"
      "  File \"/home/me/network/x.py\", line 503, in call_with_timeout\n"
      "    client.get(timeout=503)\n"
      "  | File \"y.py\", line 429, in f\n"
      "ValueError: 503 Service Unavailable\n";
  const std::string result = without_retry_words_in_locations(traceback);
  EXPECT_EQ(visible(result), traceback);
  EXPECT_THAT(result, testing::HasSubstr("    client.get(timeout=503)\n"));
  EXPECT_THAT(result, testing::HasSubstr("\nValueError: 503 Service Unavailable\n"));
  EXPECT_THAT(result, testing::Not(testing::HasSubstr("line 503")));
  EXPECT_THAT(result, testing::Not(testing::HasSubstr("line 429")));
  EXPECT_THAT(result, testing::Not(testing::HasSubstr("me/network")));
  EXPECT_THAT(result, testing::Not(testing::HasSubstr("with_timeout")));
  EXPECT_EQ(without_retry_words_in_locations("  File \"x\", line 503"), "  File \"x\", line 5\u206003");
}

}  // namespace
}  // namespace provider_host::promptfoo
