#include "pool/host/stack_dump.h"

#include <algorithm>

#include "wire/messages.h"

namespace provider_host::internal {

void StackDump::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    text_ += bytes.substr(0, end);
    bytes.remove_prefix(end);
    if (text_.back() == '\n') end_line();
    if (text_.size() - part_ > 2 * kKept) keep(kKept);
  }
}

void StackDump::end_line() {
  const std::string_view line = std::string_view(text_).substr(line_, text_.size() - line_ - 1);
  if (line == wire::kEndOfDump || line == wire::kEndOfCalls) {
    (line == wire::kEndOfDump ? has_threads_ : has_calls_) = true;
    text_.erase(line_);
    keep(kKept);
    part_ = text_.size();
  }
  line_ = text_.size();
}

// Cuts the part down to its last `size` bytes, at the end of a line if there is one.
void StackDump::keep(std::size_t size) {
  if (text_.size() - part_ <= size) return;
  std::size_t from = text_.size() - size;
  if (const auto end = text_.find('\n', from); end < text_.size() - 1) from = end + 1;
  text_.erase(part_, from - part_);
  line_ = std::max(part_, line_ - std::min(line_, from - part_));
}

}  // namespace provider_host::internal
