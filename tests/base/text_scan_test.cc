#include "base/text_scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace provider_host {
namespace {

// Sizes on either side of every block the scans work in.
std::vector<std::size_t> sizes() {
  std::vector<std::size_t> sizes{255, 256, 257, 319, 320, 321, 400, 1000};
  for (std::size_t size = 0; size < 150; ++size) sizes.push_back(size);
  return sizes;
}

TEST(TextScan, MeasuresThePlainStartOfATextAtEveryOffset) {
  for (const std::size_t size : sizes()) {
    EXPECT_EQ(plain_length(std::string(size, 'x')), size);
    for (const char special : {'"', '\\', '\n', '\0', '\x1f'}) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, '\xff');
        text[at] = special;
        ASSERT_EQ(plain_length(text), at) << size;
        text.back() = '"';  // what comes behind changes nothing
        ASSERT_EQ(plain_length(text), at) << size;
      }
    }
  }
}

TEST(TextScan, CopiesABlockAndMeasuresItsPlainStart) {
  const std::string plain = "0123456789abcd\xff\x7f";
  for (std::size_t at = 0; at <= 16; ++at) {
    std::string text = plain;
    if (at < text.size()) text[at] = '\n';
    std::string copy(16, ' ');
    EXPECT_EQ(copy_plain_16(copy.data(), text.data()), at);
    EXPECT_EQ(copy, text);
  }
}

TEST(TextScan, TellsEveryByteThatStopsIt) {
  for (int c = 0; c < 256; ++c) {
    for (const std::size_t at : {0U, 70U, 400U}) {
      std::string text(500, 'x');
      text[at] = static_cast<char>(c);
      const bool escaped = c < 0x20 || c == '"' || c == '\\';
      ASSERT_EQ(plain_length(text), escaped ? at : text.size()) << c;
      text += '"' + std::string(64, ' ');
      const char* const end = text.data() + 500;
      ASSERT_EQ(skip_plain<StopAt::kEscaped>(text.data()), escaped ? text.data() + at : end) << c;
      ASSERT_EQ(skip_plain<StopAt::kEscapedOrNonAscii>(text.data()), escaped || c > 0x7F ? text.data() + at : end) << c;
    }
  }
}

}  // namespace
}  // namespace provider_host
