#include "pool/host/send_queue.h"

#include <array>

namespace provider_host::internal {

using process::Transfer;

Transfer SendQueue::send(int fd) {
  while (!empty()) {
    std::array<std::string_view, process::kMaxParts> frames;
    const std::size_t used = parts(frames);
    const auto [state, count] = process::send_some(fd, {frames.data(), used}, sent_);
    if (state != Transfer::kDone) return state;
    drop(count);
  }
  return Transfer::kDone;
}

// All frames that are not completely sent, as many as fit into `parts`; returns how many parts that is.
std::size_t SendQueue::parts(std::span<std::string_view> parts) const {
  std::size_t used = 0;
  if (!start_sent_) parts[used++] = start_frame_;
  for (const CallPtr& call : unsent_) {
    const auto frame = call->frame();
    if (used + frame.size() > parts.size()) break;
    for (const std::string_view part : frame) {
      const bool adjoins = used > 0 && parts[used - 1].data() + parts[used - 1].size() == part.data();
      if (adjoins) {
        parts[used - 1] = {parts[used - 1].data(), parts[used - 1].size() + part.size()};
      } else if (!part.empty()) {
        parts[used++] = part;
      }
    }
  }
  return used;
}

void SendQueue::drop(std::size_t count) {
  sent_ += count;
  if (!start_sent_) {
    if (sent_ < start_frame_.size()) return;
    sent_ -= start_frame_.size();
    start_sent_ = true;
  }
  while (!unsent_.empty() && sent_ >= unsent_.front()->frame_size()) {
    sent_ -= unsent_.front()->frame_size();
    unsent_.pop_front();
  }
}

}  // namespace provider_host::internal
