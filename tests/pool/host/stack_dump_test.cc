#include "pool/host/stack_dump.h"

#include <gmock/gmock.h>

namespace provider_host::internal {
namespace {

using ::testing::EndsWith;
using ::testing::Not;
using ::testing::StartsWith;

std::string stacks(std::string_view name, std::size_t frames) {
  std::string text = "Thread of " + std::string(name) + " (most recent call first):\n";
  for (std::size_t i = 0; i < frames; ++i)
    text += "  File \"/srv/provider.py\", line 12 in " + std::string(name) + "\n";
  return text;
}

TEST(StackDump, IsTheTextOfBothPartsWithoutTheMarks) {
  const std::string all = "threads\n=== end of dump ===\ncalls\n=== end of calls ===\n";
  for (std::size_t cut = 1; cut <= all.size(); ++cut) {
    StackDump dump;
    for (std::size_t at = 0; at < all.size(); at += cut) dump.feed(std::string_view(all).substr(at, cut));
    EXPECT_EQ(dump.text(), "threads\ncalls\n") << cut;
    EXPECT_TRUE(dump.has_threads() && dump.has_calls()) << cut;
  }
}

TEST(StackDump, KnowsWhichPartIsThere) {
  StackDump dump;
  dump.feed("threads\n=== end of dump");
  EXPECT_FALSE(dump.has_threads());
  dump.feed(" ===\n");
  EXPECT_TRUE(dump.has_threads());
  EXPECT_FALSE(dump.has_calls());
  dump.clear();
  EXPECT_FALSE(dump.has_threads());
  EXPECT_EQ(dump.text(), "");
}

TEST(StackDump, ShowsWhatADyingHostCouldNotEnd) {
  StackDump dump;
  dump.feed("Fatal Python error: Segmentation fault\n\n  File \"/srv/pro");
  EXPECT_THAT(dump.text(), EndsWith("  File \"/srv/pro"));
}

TEST(StackDump, TellsWhatACrashLeftFromWhatWasAskedForBefore) {
  StackDump dump;
  dump.feed("old threads\n=== end of dump ===\nold calls\n=== end of calls ===\n");
  EXPECT_EQ(dump.unrequested(), "");
  dump.feed("Fatal Python error: Aborted\n");
  EXPECT_EQ(dump.unrequested(), "Fatal Python error: Aborted\n");
}

TEST(StackDump, KeepsTheEndOfEachPartAndSeesEveryMark) {
  StackDump dump;
  dump.feed(stacks("others", 50'000) + stacks("current", 10) + "=== end of dump ===\n");
  EXPECT_TRUE(dump.has_threads());
  EXPECT_LE(dump.text().size(), StackDump::kKept);
  EXPECT_THAT(dump.text(), StartsWith("  File \"/srv/provider.py\", line 12 in others\n"));
  EXPECT_THAT(dump.text(), EndsWith(stacks("current", 10)));
  const std::string threads = dump.text();
  dump.feed(stacks("call 1", 50'000) + stacks("call 2", 10) + "=== end of calls ===\n");
  EXPECT_TRUE(dump.has_calls());
  EXPECT_LE(dump.text().size(), 2 * StackDump::kKept);
  EXPECT_THAT(dump.text(), StartsWith(threads));
  EXPECT_THAT(dump.text(), EndsWith(stacks("call 2", 10)));
}

TEST(StackDump, IsBoundedForWhateverIsWritten) {
  StackDump lines;
  StackDump no_lines;
  for (int i = 0; i < 1000; ++i) {
    lines.feed(stacks("x", 100));
    no_lines.feed(std::string(5000, 'x'));
    ASSERT_LE(lines.text().size(), 2 * StackDump::kKept);
    ASSERT_LE(no_lines.text().size(), 2 * StackDump::kKept + 5000);
  }
  no_lines.feed("\n=== end of dump ===\n");
  EXPECT_TRUE(no_lines.has_threads());
  EXPECT_THAT(no_lines.text(), Not(EndsWith("===\n")));
}

}  // namespace
}  // namespace provider_host::internal
