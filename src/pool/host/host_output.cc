#include "pool/host/host_output.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using process::Transfer;

constexpr std::size_t kReadSize = std::size_t{64} << 10;
// One noisy script must not occupy the reactor thread.
constexpr int kMaxReads = 16;
constexpr std::size_t kTailLimit = std::size_t{4} << 10;
constexpr std::size_t kCaptureLimit = std::size_t{1} << 20;

}  // namespace

// No error of a pipe lasts: it is read again. Otherwise the script would wait for ever in a write.
bool HostOutput::read() {
  std::array<char, kReadSize> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written by read
  for (int i = 0; i < kMaxReads; ++i) {
    const auto [state, count] = process::read_some(fd_.get(), buffer.data(), buffer.size());
    if (state == Transfer::kEnd) return false;
    if (state != Transfer::kDone) return true;
    keep({buffer.data(), count});
    lines_.feed({buffer.data(), count});
    if (count < buffer.size()) return true;
  }
  return true;
}

void HostOutput::keep(std::string_view bytes) {
  tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kTailLimit));
  if (tail_.size() > 2 * kTailLimit) tail_.erase(0, tail_.size() - kTailLimit);
  if (capture_) captured_ += bytes.substr(0, kCaptureLimit - std::min(kCaptureLimit, captured_.size()));
}

std::string HostOutput::tail() const {
  std::string_view tail = tail_;
  if (tail.size() > kTailLimit) {
    tail.remove_prefix(tail.size() - kTailLimit);
    if (const auto newline = tail.find('\n'); newline != std::string_view::npos) tail.remove_prefix(newline + 1);
  }
  return to_valid_utf8(tail);
}

std::string HostOutput::take_captured() {
  const std::string bytes = std::exchange(captured_, {});
  std::string text = to_valid_utf8(bytes);
  if (bytes.size() >= kCaptureLimit) text += "… [cut]";
  return text;
}

}  // namespace provider_host::internal
