#include "cli/pipe/frame_writer.h"

#include <limits.h>
#include <poll.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/io/output_error.h"
#include "platform/thread.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {
namespace {

// A smaller result is copied faster than it is looked after.
constexpr std::size_t kWorthKeeping = std::size_t{16} << 10;
// Frames are put together up to about this size.
constexpr std::size_t kOutputPiece = std::size_t{256} << 10;
// About as much goes into one system call.
constexpr std::size_t kMaxWrite = std::size_t{1} << 20;

void append_header(std::string& text, std::size_t size) {
  const auto header = wire::encode_header(size);
  text.append(header.data(), header.size());
}

iovec vector_of(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

// How many vectors to write together: a call that blocks tells only at its end how much it has written.
int group_of(const iovec* first, const iovec* last) {
  std::size_t size = 0;
  int count = 0;
  while (first + count != last && count < IOV_MAX && size < kMaxWrite) size += first[count++].iov_len;
  return count;
}

// Some of what there is, waiting as long as it takes. Throws OutputClosed, OutputFailed.
std::size_t write_some(int fd, const iovec* first, const iovec* last) {
  while (true) {
    const ssize_t written = ::writev(fd, first, group_of(first, last));
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno == EPIPE || errno == ECONNRESET) throw OutputClosed();
    if (errno == EAGAIN) {  // another process made the shared pipe non-blocking
      pollfd waiting{fd, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      throw OutputFailed(std::string("cannot write to stdout: ") + std::strerror(errno), errno);
    }
  }
}

// Takes `count` bytes off the front; returns the first vector that has some left.
iovec* advance(iovec* first, const iovec* last, std::size_t count) {
  while (first != last && count >= first->iov_len) count -= (first++)->iov_len;
  if (first != last) {
    first->iov_base = static_cast<char*>(first->iov_base) + count;
    first->iov_len -= count;
  }
  return first;
}

}  // namespace

FrameWriter::FrameWriter(int fd, std::function<void()> changed) : fd_(fd), changed_(std::move(changed)) {
  thread_ = platform::start_thread("the thread that writes frames", [this] { run(); });
}

FrameWriter::~FrameWriter() {
  wait_until_sent();
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    added_.notify_one();
  }
  thread_.join();
}

void FrameWriter::add(std::string_view payload) {
  const MutexLock lock(mutex_);
  if (ended_) return;
  std::string& text = last_text(wire::kHeaderSize + payload.size());
  append_header(text, payload.size());
  text += payload;
  on_added(wire::kHeaderSize + payload.size());
}

void FrameWriter::add(std::string_view head, const Outcome& outcome, std::string_view tail) {
  const std::string_view result = outcome.json();
  const std::size_t size = head.size() + result.size() + tail.size();
  std::shared_ptr<const Outcome> kept;
  Piece end;
  if (result.size() >= kWorthKeeping) {
    kept = std::make_shared<const Outcome>(outcome);
    end.text = tail;
  }
  const MutexLock lock(mutex_);
  if (ended_) return;
  std::string& text = last_text(wire::kHeaderSize + (kept ? head.size() : size));
  append_header(text, size);
  text += head;
  if (kept) {
    pieces_.back().result = std::move(kept);
    pieces_.push_back(std::move(end));
  } else {
    text += result;
    text += tail;
  }
  on_added(wire::kHeaderSize + size);
}

std::string& FrameWriter::last_text(std::size_t size) {
  if (pieces_.size() + 2 > pieces_.capacity()) pieces_.reserve(2 * pieces_.size() + 2);
  if (pieces_.empty() || pieces_.back().text.size() > kOutputPiece) pieces_.emplace_back();
  std::string& text = pieces_.back().text;
  text.reserve(text.size() + size);
  return text;
}

void FrameWriter::on_added(std::size_t count) {
  unsent_ += count;
  if (std::exchange(waits_, false)) added_.notify_one();
}

bool FrameWriter::has_space() const {
  const MutexLock lock(mutex_);
  return unsent_ < kMaxUnsent;
}

bool FrameWriter::has_ended() const {
  const MutexLock lock(mutex_);
  return ended_;
}

void FrameWriter::wait_until_sent(std::chrono::steady_clock::time_point limit) {
  MutexLock lock(mutex_);
  while (unsent_ > 0 && !ended_) {
    if (limit == std::chrono::steady_clock::time_point::max()) {
      sent_.wait(lock);
    } else if (!sent_.wait_until(lock, limit)) {
      return;
    }
  }
}

void FrameWriter::check() const {
  const MutexLock lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

// --- the thread

void FrameWriter::run() {
  std::vector<Piece> pieces;
  MutexLock lock(mutex_);
  while (true) {
    while (pieces_.empty() && !stop_) {
      waits_ = true;
      added_.wait(lock);
    }
    if (pieces_.empty()) return;
    pieces.swap(pieces_);
    lock.unlock();
    try {
      write(pieces);
    } catch (const OutputClosed&) {
      return end(nullptr);
    } catch (...) {
      return end(std::current_exception());
    }
    pieces.clear();
    lock.lock();
  }
}

void FrameWriter::write(const std::vector<Piece>& pieces) {
  std::vector<iovec> vectors;
  for (const Piece& piece : pieces) {
    vectors.push_back(vector_of(piece.text));
    if (piece.result) vectors.push_back(vector_of(piece.result->json()));
  }
  const iovec* const last = vectors.data() + vectors.size();
  for (iovec* first = vectors.data(); first != last;) {
    const std::size_t count = write_some(fd_, first, last);
    first = advance(first, last, count);
    on_sent(count);
  }
}

void FrameWriter::on_sent(std::size_t count) {
  bool has_space_again = false;
  {
    const MutexLock lock(mutex_);
    const bool had_space = unsent_ < kMaxUnsent;
    unsent_ -= count;
    has_space_again = !had_space && unsent_ < kMaxUnsent;
    if (unsent_ == 0) sent_.notify_all();
  }
  if (has_space_again) changed_();
}

void FrameWriter::end(std::exception_ptr failure) {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
    failure_ = std::move(failure);
    pieces_.clear();
    unsent_ = 0;
    sent_.notify_all();
  }
  changed_();
}

}  // namespace provider_host::cli
