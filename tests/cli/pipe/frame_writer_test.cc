#include "cli/pipe/frame_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <future>
#include <memory>
#include <string>

#include "cli/io/file_descriptor.h"
#include "cli/io/output_error.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {
namespace {

using ::testing::ElementsAre;

class FrameWriterTest : public ::testing::Test {
 protected:
  FrameWriterTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end_ = FileDescriptor(ends[0]);
    write_end_ = FileDescriptor(ends[1]);
    signal(SIGPIPE, SIG_IGN);
  }

  std::vector<std::string> read_frames(std::size_t count) {
    wire::FrameDecoder decoder;
    std::vector<std::string> frames;
    while (frames.size() < count) {
      const ssize_t size = ::read(read_end_.get(), decoder.prepare(1 << 16), 1 << 16);
      if (size <= 0) break;
      decoder.fed(static_cast<std::size_t>(size));
      while (decoder.next() == wire::FrameDecoder::Event::kFrame) frames.emplace_back(decoder.payload());
    }
    return frames;
  }

  FileDescriptor read_end_;
  FileDescriptor write_end_;
};

TEST_F(FrameWriterTest, WritesFramesInTheirOrder) {
  FrameWriter writer(write_end_.get(), [] {});
  writer.add("one");
  writer.add("<", Outcome::success("two"), ">");
  writer.add("three");
  EXPECT_THAT(read_frames(3), ElementsAre("one", "<two>", "three"));
  writer.wait_until_sent();
  EXPECT_FALSE(writer.has_ended());
}

TEST_F(FrameWriterTest, WritesManyLargeResultsAmongSmallOnes) {
  FrameWriter writer(write_end_.get(), [] {});
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::string text(i % 3 == 0 ? 100'000 + i : i, 'x');
    writer.add("<", Outcome::success(text), ">");
    expected.push_back("<" + text + ">");
  }
  EXPECT_EQ(read_frames(expected.size()), expected);
}

TEST_F(FrameWriterTest, SaysWhenTooMuchIsUnsentAndWhenItNoLongerIs) {
  std::promise<void> changed;
  FrameWriter writer(write_end_.get(), [&] { changed.set_value(); });
  const std::string megabyte(std::size_t{1} << 20, 'x');
  constexpr std::size_t kFrames = (FrameWriter::kMaxUnsent >> 20) + 1;
  EXPECT_TRUE(writer.has_space());
  for (std::size_t i = 0; i < kFrames; ++i) writer.add(megabyte);
  EXPECT_FALSE(writer.has_space());
  EXPECT_EQ(read_frames(kFrames).size(), kFrames);
  changed.get_future().wait();
  EXPECT_TRUE(writer.has_space());
}

TEST_F(FrameWriterTest, EndsWhenTheReaderIsGone) {
  std::promise<void> changed;
  FrameWriter writer(write_end_.get(), [&] { changed.set_value(); });
  writer.add(std::string(std::size_t{1} << 20, 'x'));
  read_end_ = FileDescriptor();
  changed.get_future().wait();
  EXPECT_TRUE(writer.has_ended());
  writer.add("dropped");
  writer.wait_until_sent();
  writer.check();
}

TEST(FrameWriter, TellsWhyItCannotWrite) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (full.get() < 0) GTEST_SKIP() << "there is no /dev/full";
  FrameWriter writer(full.get(), [] {});
  writer.add("x");
  writer.wait_until_sent();
  EXPECT_TRUE(writer.has_ended());
  EXPECT_THROW(writer.check(), OutputFailed);
}

}  // namespace
}  // namespace provider_host::cli
