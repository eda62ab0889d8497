#include "cli/batch/input/byte_cursor.h"

namespace provider_host::cli {

bool ByteCursor::fill() {
  if (ended_) return false;
  if (piece_.empty()) piece_.resize(ByteSource::kReadSize);
  const auto piece = source_->read(piece_.data(), piece_.size());
  ended_ = piece.status != ByteSource::Status::kMore;
  stopped_ = piece.status == ByteSource::Status::kStopped;
  start_ = 0;
  end_ = piece.size;
  return !ended_;
}

}  // namespace provider_host::cli
