#include "cli/io/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace provider_host::cli {
namespace {

using Kind = LineReader::Kind;

/// A pipe with `text` in it (at most what a pipe holds) and, unless kept open, its end.
class Pipe {
 public:
  explicit Pipe(const std::string& text = "", bool keep_open = false) {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    if (!keep_open) close_writing();
  }
  ~Pipe() {
    ::close(ends_[0]);
    close_writing();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writing() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  [[nodiscard]] int fd() const { return ends_[0]; }
  [[nodiscard]] int writing_fd() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

std::vector<std::string> lines_of(const std::string& text, std::size_t limit = 1000) {
  const Pipe pipe(text);
  LineReader reader(pipe.fd(), limit);
  std::vector<std::string> lines;
  for (auto line = reader.next(); line.kind != Kind::kEnd; line = reader.next()) {
    lines.push_back(line.kind == Kind::kTooLong ? "<too long>" : std::string(line.text));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, EndsLinesWithAndWithoutACarriageReturn) {
  EXPECT_EQ(lines_of("a\r\nb\n\nc"), (Lines{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of(""), Lines{});
}

TEST(LineReader, DropsAByteOrderMarkAtTheStartOnly) {
  EXPECT_EQ(lines_of("\xEF\xBB\xBF"
                     "a\n\xEF\xBB\xBF"
                     "b\n"),
            (Lines{"a",
                   "\xEF\xBB\xBF"
                   "b"}));
}

TEST(LineReader, PassesOverALineThatIsTooLongAndGoesOn) {
  EXPECT_EQ(lines_of("ab\n" + std::string(50'000, 'x') + "\ncd\n", 10), (Lines{"ab", "<too long>", "cd"}));
  EXPECT_EQ(lines_of(std::string(11, 'x'), 10), Lines{"<too long>"});
  EXPECT_EQ(lines_of(std::string(10, 'x'), 10), Lines{std::string(10, 'x')});
}

TEST(LineReader, HoldsLittleOfALineThatIsTooLong) {
  Pipe pipe("", true);
  std::thread writer([&pipe] {
    const std::string block(1 << 16, 'x');
    for (int i = 0; i < 200; ++i) EXPECT_EQ(::write(pipe.writing_fd(), block.data(), block.size()), 1 << 16);
    EXPECT_EQ(::write(pipe.writing_fd(), "\nend", 4), 4);
    pipe.close_writing();
  });
  LineReader reader(pipe.fd(), 10);
  EXPECT_EQ(reader.next().kind, Kind::kTooLong);
  EXPECT_EQ(reader.position(), 200U * (1 << 16) + 1);
  const auto last = reader.next();
  EXPECT_EQ(last.text, "end");
  EXPECT_FALSE(last.terminated);
  writer.join();
}

TEST(LineReader, TellsWhereALineBegan) {
  const Pipe pipe("ab\r\ncd\n");
  LineReader reader(pipe.fd(), 10);
  EXPECT_EQ(reader.next().offset, 0U);
  EXPECT_EQ(reader.next().offset, 4U);
  EXPECT_EQ(reader.position(), 7U);
}

TEST(LineReader, StopsWaitingWhenToldTo) {
  const Pipe silent("", true);
  const Pipe stop("x", true);
  LineReader reader(silent.fd(), 10, stop.fd());
  EXPECT_EQ(reader.next().kind, Kind::kStopped);
}

}  // namespace
}  // namespace provider_host::cli
