#include "cli/batch/input/decompression.h"

#include <zlib.h>
#ifdef PROVIDER_HOST_ZSTD
#include <zstd.h>
#endif

#include <string>
#include <utility>

namespace provider_host::cli {
namespace {

constexpr std::size_t kPieceSize = std::size_t{128} << 10;

// Compressed bytes that were read and not yet decompressed.
class CompressedBytes {
 public:
  explicit CompressedBytes(std::unique_ptr<ByteSource> source) : source_(std::move(source)), piece_(kPieceSize, '\0') {}

  // Returns kMore when there are bytes.
  ByteSource::Status fill() {
    if (start_ < end_) return ByteSource::Status::kMore;
    const auto piece = source_->read(piece_.data(), piece_.size());
    start_ = 0;
    end_ = piece.size;
    return piece.status;
  }
  [[nodiscard]] std::string_view bytes() const { return std::string_view(piece_).substr(start_, end_ - start_); }
  char* data() { return piece_.data() + start_; }
  void use(std::size_t count) { start_ += count; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string piece_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : pending_(std::move(source)) {
    constexpr int kGzipWindow = 15 + 16;
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Piece read(char* to, std::size_t size) override {
    while (true) {
      const Status status = pending_.fill();
      if (status == Status::kEnd && inside_) throw DamagedInput("the gzip data end too early");
      if (status != Status::kMore) return {status, 0};
      if (std::exchange(at_end_, false)) ::inflateReset(&stream_);
      if (const std::size_t count = step(to, size); count > 0) return {Status::kMore, count};
    }
  }

 private:
  std::size_t step(char* to, std::size_t size) {
    const std::size_t had = pending_.bytes().size();
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type for bytes
    stream_.next_in = reinterpret_cast<Bytef*>(pending_.data());
    stream_.avail_in = static_cast<uInt>(had);
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    stream_.avail_out = static_cast<uInt>(size);
    inside_ = true;
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      throw DamagedInput(std::string("the gzip data are damaged") +
                         (stream_.msg != nullptr ? std::string(" (") + stream_.msg + ")" : std::string()));
    }
    pending_.use(had - stream_.avail_in);
    if (result == Z_STREAM_END) {
      at_end_ = true;
      inside_ = false;
    }
    return size - stream_.avail_out;
  }

  CompressedBytes pending_;
  z_stream stream_{};
  bool inside_ = true;   // a stream has begun and not ended
  bool at_end_ = false;  // of a stream; another one may follow
};

#ifdef PROVIDER_HOST_ZSTD
class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : pending_(std::move(source)), stream_(::ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~ZstdSource() override { ::ZSTD_freeDStream(stream_); }
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;

  Piece read(char* to, std::size_t size) override {
    while (true) {
      // The decoder may have more output buffered; that comes before more input is read.
      const Status status = full_ ? Status::kMore : pending_.fill();
      if (status == Status::kEnd && inside_) throw DamagedInput("the zstd data end too early");
      if (status != Status::kMore) return {status, 0};
      const std::string_view bytes = pending_.bytes();
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      ZSTD_outBuffer out{to, size, 0};
      const std::size_t result = ::ZSTD_decompressStream(stream_, &out, &in);
      if (::ZSTD_isError(result) != 0) {
        throw DamagedInput(std::string("the zstd data are damaged (") + ::ZSTD_getErrorName(result) + ")");
      }
      pending_.use(in.pos);
      inside_ = result != 0;
      full_ = out.pos == size && inside_;
      if (out.pos > 0) return {Status::kMore, out.pos};
    }
  }

 private:
  CompressedBytes pending_;
  ZSTD_DStream* stream_;
  bool inside_ = true;  // a frame has begun and not ended
  bool full_ = false;   // it may hold more than the reader took
};
#endif

}  // namespace

Compression compression_of(std::string_view start) {
  if (start.starts_with("\x1F\x8B\x08")) return Compression::kGzip;
  if (start.starts_with("\x28\xB5\x2F\xFD")) return Compression::kZstd;
  return Compression::kNone;
}

std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source, Compression compression) {
  if (compression == Compression::kGzip) return std::make_unique<GzipSource>(std::move(source));
  if (compression == Compression::kZstd) {
#ifdef PROVIDER_HOST_ZSTD
    return std::make_unique<ZstdSource>(std::move(source));
#else
    throw DamagedInput("it is compressed with zstd, which this build cannot read; pipe it through `zstd -dc` to -");
#endif
  }
  return source;
}

}  // namespace provider_host::cli
