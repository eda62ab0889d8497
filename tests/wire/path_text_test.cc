#include "wire/path_text.h"

#include <gtest/gtest.h>

#include <string>

namespace provider_host::wire {
namespace {

TEST(PathText, LeavesTextAlone) {
  EXPECT_EQ(path_text("/home/jürgen/a b.py"), "/home/jürgen/a b.py");
  EXPECT_EQ(path_of("/home/jürgen/a b.py"), "/home/jürgen/a b.py");
}

TEST(PathText, WritesWhatIsNoUtf8AsHexadecimalDigits) {
  EXPECT_EQ(path_text("/\xFF/\xC3.py"), "/%FF/%C3.py");
  EXPECT_EQ(path_text("100%41"), "100%2541");
}

TEST(PathText, IsReadBackAsTheSameBytes) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  for (const std::string& path : {every, std::string("%"), std::string("%%4"), std::string("\xF0\x9F\x98%41\xF0")}) {
    EXPECT_EQ(path_of(path_text(path)), path);
  }
}

TEST(PathText, ThatNoOneWroteIsTakenAsItIs) { EXPECT_EQ(path_of("50%zz%4"), "50%zz%4"); }

}  // namespace
}  // namespace provider_host::wire
