#include "cli/io/byte_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace provider_host::cli {
namespace {

constexpr std::size_t kLookSize = std::size_t{64} << 10;

// Whether `fd` can be read; false: `stop_fd` became readable.
bool wait_readable(int fd, int stop_fd) {
  std::array<pollfd, 2> waiting{pollfd{fd, POLLIN, 0}, pollfd{stop_fd, POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category());
  }
  return waiting[1].revents == 0;
}

}  // namespace

ByteSource::Piece DescriptorSource::read(char* to, std::size_t size) {
  if (before_read_) before_read_();
  if (!wait_readable(fd_, stop_fd_)) return {Status::kStopped, 0};
  ssize_t count = 0;
  do {
    count = ::read(fd_, to, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw std::system_error(errno, std::generic_category());
  return {count == 0 ? Status::kEnd : Status::kMore, static_cast<std::size_t>(count)};
}

ByteSource::Piece LookAheadSource::read(char* to, std::size_t size) {
  const std::string_view seen = this->seen();
  if (seen.empty()) return source_->read(to, size);
  const std::size_t count = std::min(size, seen.size());
  std::memcpy(to, seen.data(), count);
  start_ += count;
  if (start_ == seen_.size()) {
    seen_ = {};
    start_ = 0;
  }
  return {Status::kMore, count};
}

bool LookAheadSource::look() {
  seen_.erase(0, start_);
  start_ = 0;
  const std::size_t had = seen_.size();
  seen_.resize(had + kLookSize);
  Piece piece;
  try {
    piece = source_->read(seen_.data() + had, kLookSize);
  } catch (...) {
    seen_.resize(had);
    throw;
  }
  seen_.resize(had + piece.size);
  return piece.status == Status::kMore;
}

}  // namespace provider_host::cli
