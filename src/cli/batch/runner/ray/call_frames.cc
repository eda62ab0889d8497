#include "cli/batch/runner/ray/call_frames.h"

#include <algorithm>
#include <utility>

#include "pipe/call_writer.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {

std::optional<Error> CallFrames::add(std::uint64_t id, const Call& call) {
  const std::size_t start = boundaries_.back();
  std::string what = call.args_error;
  if (what.empty()) {
    pipe::append_call(bytes_, id, call);
    const std::size_t size = bytes_.size() - start - wire::kHeaderSize;
    if (size > limit_) {
      what =
          "the call has " + std::to_string(size) + " bytes, too large for the frame limit of " + std::to_string(limit_);
    }
  }
  if (what.empty()) {
    boundaries_.push_back(bytes_.size());
    return std::nullopt;
  }
  bytes_.resize(start);
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = std::move(what);
  return error;
}

void CallFrames::clear() {
  bytes_.clear();
  boundaries_.assign(1, 0);
}

std::size_t CallFrames::whole_frames(std::size_t size) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(boundaries_, size) - boundaries_.begin()) - 1;
}

std::size_t CallFrames::up_to_frame_end(std::size_t size) const { return *std::ranges::lower_bound(boundaries_, size); }

}  // namespace provider_host::cli
