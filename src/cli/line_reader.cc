#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10;
constexpr std::size_t kLongLine = std::size_t{4} << 20;

// Whether `fd` can be read; false: `stop_fd` became readable.
bool wait_readable(int fd, int stop_fd) {
  std::array<pollfd, 2> waiting{pollfd{fd, POLLIN, 0}, pollfd{stop_fd, POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category());
  }
  return waiting[1].revents == 0;
}

}  // namespace

LineReader::Fill LineReader::fill() {
  if (at_end_) return Fill::kEnd;
  buffer_.erase(0, start_);
  start_ = 0;
  if (!wait_readable(fd_, stop_fd_)) return Fill::kStopped;
  const std::size_t had = buffer_.size();
  // Growing step by step would copy, and hold a long line twice.
  if (had > kLongLine && buffer_.capacity() < had + kReadSize) buffer_.reserve(limit_ + 2 * kReadSize);
  buffer_.resize(had + kReadSize);
  ssize_t count = 0;
  do {
    count = ::read(fd_, buffer_.data() + had, kReadSize);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(had + (count > 0 ? static_cast<std::size_t>(count) : 0));
  if (count < 0) throw std::system_error(error, std::generic_category());
  at_end_ = count == 0;
  return at_end_ ? Fill::kEnd : Fill::kMore;
}

LineReader::Line LineReader::take(std::size_t length, std::size_t end_size) {
  Line line;
  line.offset = position_;
  line.terminated = end_size > 0;
  line.text = std::string_view(buffer_).substr(start_, length);
  line.kind = dropped_ + length > limit_ ? Kind::kTooLong : Kind::kLine;
  if (position_ == 0) line.text = without_byte_order_mark(line.text);
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  if (line.kind == Kind::kTooLong) line.text = {};
  position_ += dropped_ + length + end_size;
  start_ += length + end_size;
  scanned_ = 0;
  dropped_ = 0;
  return line;
}

LineReader::Line LineReader::next() {
  while (true) {
    const std::size_t found = buffer_.find('\n', start_ + scanned_);
    if (found != std::string::npos) return take(found - start_, 1);
    scanned_ = buffer_.size() - start_;
    if (dropped_ + scanned_ > limit_) {
      dropped_ += scanned_;
      buffer_.clear();
      start_ = scanned_ = 0;
    }
    switch (fill()) {
      case Fill::kMore:
        break;
      case Fill::kStopped:
        return {Kind::kStopped, {}, true, position_};
      case Fill::kEnd:
        if (scanned_ + dropped_ > 0) return take(scanned_, 0);
        return {Kind::kEnd, {}, true, position_};
    }
  }
}

}  // namespace provider_host::cli
