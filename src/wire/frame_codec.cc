#include "wire/frame_codec.h"

#include <utility>

#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

// A buffer above this size is given back once its frame has been used.
constexpr std::size_t kKeptCapacity = std::size_t{4} << 20;
// Below this size a copy is cheaper than another buffer.
constexpr std::size_t kWorthReleasing = std::size_t{16} << 10;

}  // namespace

std::array<char, kHeaderSize> encode_header(std::size_t size) {
  return {static_cast<char>(size >> 24U), static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
          static_cast<char>(size)};
}

char* FrameDecoder::prepare(std::size_t size) {
  drop_consumed();
  return buffer_.reserve(size);
}

void FrameDecoder::feed(std::string_view bytes) {
  drop_consumed();
  buffer_.append(bytes);
  bytes_fed_ += bytes.size();
}

void FrameDecoder::drop_consumed() {
  if (consumed_) {
    begin_ = end_of_frame();
    consumed_ = false;
    payload_size_ = 0;
  }
  if (begin_ == 0) return;
  const std::size_t rest = buffer_.size() - begin_;
  if (rest == 0) {
    buffer_.clear_and_release_above(kKeptCapacity);
  } else {
    std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
    buffer_.truncate(rest);
  }
  begin_ = 0;
}

// The size of the payload whose header is at `start`.
std::optional<std::size_t> FrameDecoder::announced_at(std::size_t start) const {
  if (buffer_.size() - start < kHeaderSize) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(buffer_.data() + start);
  return std::size_t{bytes[0]} << 24U | std::size_t{bytes[1]} << 16U | std::size_t{bytes[2]} << 8U | bytes[3];
}

FrameDecoder::Event FrameDecoder::next() {
  if (!violation_.empty()) return Event::kViolation;
  if (consumed_) {
    begin_ = end_of_frame();
    consumed_ = false;
  }
  const auto size = announced_at(begin_);
  if (!size) return Event::kNeedMore;
  if (*size == 0) return fail("a frame of length 0");
  if (*size > limit_) {
    return fail("a frame of " + std::to_string(*size) + " bytes, above the limit of " + std::to_string(limit_));
  }
  if (buffer_.size() - begin_ - kHeaderSize < *size) return Event::kNeedMore;
  payload_size_ = *size;
  const auto frame = payload();
  if (utf8_check_ == Utf8Check::kHere && !is_utf8(frame)) return fail("a frame that is not UTF-8");
  consumed_ = true;
  return Event::kFrame;
}

std::optional<ByteBuffer> FrameDecoder::release_frame() {
  const bool alone = consumed_ && begin_ == 0 && end_of_frame() == buffer_.size();
  if (!alone || buffer_.size() < kWorthReleasing || buffer_.size() < buffer_.capacity() / 2) return std::nullopt;
  consumed_ = false;
  payload_size_ = 0;
  return std::exchange(buffer_, ByteBuffer());
}

bool FrameDecoder::has_next() const {
  const std::size_t start = consumed_ ? end_of_frame() : begin_;
  const auto size = announced_at(start);
  return !violation_.empty() || (size && (*size > limit_ || buffer_.size() - start - kHeaderSize >= *size));
}

std::size_t FrameDecoder::bytes_needed() const {
  const std::size_t start = consumed_ ? end_of_frame() : begin_;
  const std::size_t have = buffer_.size() - start;
  if (have < kHeaderSize || consumed_) return kHeaderSize;
  const auto size = announced_at(begin_);
  const std::size_t frame = kHeaderSize + size.value_or(0);
  return have < frame ? frame - have : kHeaderSize;
}

FrameDecoder::Event FrameDecoder::fail(std::string what) {
  violation_ = std::move(what);
  return Event::kViolation;
}

}  // namespace provider_host::wire
