#include "process/line_splitter.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace provider_host::process {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Lines {
  explicit Lines(std::size_t limit = LineSplitter::kDefaultLimit)
      : splitter([this](std::string_view line) { lines.emplace_back(line); }, limit) {}
  std::vector<std::string> lines;
  LineSplitter splitter;
};

std::vector<std::string> lines_of(std::string_view bytes, std::size_t chunk) {
  Lines lines;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) lines.splitter.feed(bytes.substr(at, chunk));
  lines.splitter.finish();
  return lines.lines;
}

TEST(LineSplitter, CutsAtNewlines) {
  EXPECT_THAT(lines_of("one\ntwo\n\nfour\n", 100), ElementsAre("one", "two", "", "four"));
}

TEST(LineSplitter, KeepsALineUntilItsEndComes) {
  Lines lines;
  lines.splitter.feed("on");
  EXPECT_THAT(lines.lines, IsEmpty());
  lines.splitter.feed("e\nt");
  EXPECT_THAT(lines.lines, ElementsAre("one"));
  lines.splitter.finish();
  EXPECT_THAT(lines.lines, ElementsAre("one", "t"));
  lines.splitter.finish();
  EXPECT_THAT(lines.lines, ElementsAre("one", "t"));
}

TEST(LineSplitter, TakesWindowsLineEnds) {
  EXPECT_THAT(lines_of("a\r\nb\rc\r\n\r\n", 100), ElementsAre("a", "b\rc", ""));
}

TEST(LineSplitter, DoesNotCareHowTheBytesArrive) {
  const std::string bytes = "Grüezi\r\n😀\n\xFF\xFE\nlast ü";
  const auto whole = lines_of(bytes, bytes.size());
  EXPECT_THAT(whole, ElementsAre("Grüezi", "😀", "\xEF\xBF\xBD\xEF\xBF\xBD", "last ü"));
  for (std::size_t chunk = 1; chunk < bytes.size(); ++chunk) EXPECT_EQ(lines_of(bytes, chunk), whole) << chunk;
}

TEST(LineSplitter, CutsAnEndlessLineAndSaysHowLongItWas) {
  Lines lines(1000);
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) lines.splitter.feed(megabyte);
  EXPECT_THAT(lines.lines, IsEmpty());
  lines.splitter.feed("\nnext\n");
  ASSERT_EQ(lines.lines.size(), 2U);
  EXPECT_LE(lines.lines[0].size(), 1000U);
  EXPECT_TRUE(lines.lines[0].starts_with("xxxx"));
  EXPECT_TRUE(lines.lines[0].ends_with("[line cut, 20971520 bytes in all]")) << lines.lines[0].substr(900);
  EXPECT_EQ(lines.lines[1], "next");
}

TEST(LineSplitter, KeepsALineOfExactlyTheLimit) {
  Lines lines(1000);
  lines.splitter.feed(std::string(1000, 'x') + "\n" + std::string(1001, 'x') + "\n");
  ASSERT_EQ(lines.lines.size(), 2U);
  EXPECT_EQ(lines.lines[0], std::string(1000, 'x'));
  EXPECT_TRUE(lines.lines[1].ends_with("[line cut, 1001 bytes in all]"));
}

TEST(LineSplitter, GivesBoundedValidTextWhateverComes) {
  std::mt19937 random(4711);
  Lines lines(200);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 300, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 100 == 0 ? '\n' : random());
    lines.splitter.feed(bytes);
  }
  lines.splitter.finish();
  ASSERT_GT(lines.lines.size(), 100U);
  for (const std::string& line : lines.lines) {
    EXPECT_LE(line.size(), 200U);
    EXPECT_EQ(to_valid_utf8(line), line);
  }
}

}  // namespace
}  // namespace provider_host::process
