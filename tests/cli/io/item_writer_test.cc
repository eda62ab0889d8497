#include "cli/io/item_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "cli/io/file_descriptor.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

class ItemWriterTest : public ::testing::Test {
 protected:
  ItemWriterTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    read_end_ = FileDescriptor(ends[0]);
    write_end_ = FileDescriptor(ends[1]);
    ::signal(SIGPIPE, SIG_IGN);
  }

  // What was written since the last time.
  std::string written() {
    std::array<char, 4096> text{};
    const ssize_t size = ::read(read_end_.get(), text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  FileDescriptor read_end_;
  FileDescriptor write_end_;
};

TEST_F(ItemWriterTest, WritesEachItemAtOnce) {
  ItemWriter writer(write_end_.get());
  writer.write(Item(R"("Hi\u00fc")"));
  EXPECT_EQ(written(), "Hiü");
  writer.write(Item(R"({"n":1})"));
  EXPECT_EQ(written(), "\n{\"n\":1}\n");
  writer.write(Item(R"({"output":"you"})"));
  EXPECT_EQ(written(), "you");
  writer.end();
  EXPECT_EQ(written(), "\n");
}

TEST_F(ItemWriterTest, EndsNothingAfterALineOfJsonOrWithoutItems) {
  ItemWriter writer(write_end_.get());
  writer.end();
  writer.write(Item("null"));
  EXPECT_EQ(written(), "null\n");
  writer.end();
  EXPECT_EQ(written(), "");
}

TEST_F(ItemWriterTest, SaysThatItsReaderIsGone) {
  EXPECT_FALSE(is_closed_by_reader(write_end_.get()));
  read_end_ = FileDescriptor();
  EXPECT_TRUE(is_closed_by_reader(write_end_.get()));
  ItemWriter writer(write_end_.get());
  EXPECT_THROW(writer.write(Item(R"("Hi")")), OutputClosed);
}

}  // namespace
}  // namespace provider_host::cli
