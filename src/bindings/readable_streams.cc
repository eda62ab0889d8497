#include "bindings/readable_streams.h"

namespace provider_host::bindings {

int ReadableStreams::fileno() {
  const MutexLock lock(mutex_);
  return event_.fileno();
}

void ReadableStreams::add(std::uint64_t stream) {
  const MutexLock lock(mutex_);
  streams_.push_back(stream);
  event_.set();
}

std::optional<std::uint64_t> ReadableStreams::first() {
  const MutexLock lock(mutex_);
  if (streams_.empty()) return std::nullopt;
  return streams_.front();
}

void ReadableStreams::drop_first() {
  const MutexLock lock(mutex_);
  if (!streams_.empty()) streams_.pop_front();
  if (streams_.empty()) event_.clear();
}

}  // namespace provider_host::bindings
