#include "cli/io/line_reader.h"

#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kLongLine = std::size_t{4} << 20;

}  // namespace

ByteSource::Status LineReader::fill() {
  if (at_end_) return ByteSource::Status::kEnd;
  buffer_.erase(0, start_);
  start_ = 0;
  const std::size_t had = buffer_.size();
  // Growing in steps would copy a long line, and keep it twice in memory.
  if (had > kLongLine && buffer_.capacity() < had + ByteSource::kReadSize)
    buffer_.reserve(limit_ + 2 * ByteSource::kReadSize);
  buffer_.resize(had + ByteSource::kReadSize);
  ByteSource::Piece piece;
  try {
    piece = source_->read(buffer_.data() + had, ByteSource::kReadSize);
  } catch (...) {
    buffer_.resize(had);
    throw;
  }
  buffer_.resize(had + piece.size);
  at_end_ = piece.status == ByteSource::Status::kEnd;
  return piece.status;
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
      case ByteSource::Status::kMore:
        break;
      case ByteSource::Status::kStopped:
        return {Kind::kStopped, {}, true, position_};
      case ByteSource::Status::kEnd:
        if (scanned_ + dropped_ > 0) return take(scanned_, 0);
        return {Kind::kEnd, {}, true, position_};
    }
  }
}

}  // namespace provider_host::cli
