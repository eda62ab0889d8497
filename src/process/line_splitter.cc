#include "process/line_splitter.h"

#include <algorithm>

#include "base/utf8.h"

namespace provider_host::process {

void LineSplitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    append(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    emit();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish() {
  if (!line_.empty()) emit();
}

void LineSplitter::append(std::string_view part) {
  const std::size_t kept = std::min(part.size(), limit_ - line_.size());
  line_ += part.substr(0, kept);
  cut_ += part.size() - kept;
}

void LineSplitter::emit() {
  constexpr std::size_t kNoteSize = 64;
  if (cut_ == 0 && line_.ends_with('\r')) line_.pop_back();
  std::string text = to_valid_utf8(line_);
  if (cut_ > 0 || text.size() > limit_) {
    const std::size_t lost = cut_;
    text = utf8_prefix(text, limit_ > kNoteSize ? limit_ - kNoteSize : limit_);
    text += " … [line cut, " + std::to_string(line_.size() + lost) + " bytes in all]";
  }
  line_.clear();
  cut_ = 0;
  sink_(text);
}

}  // namespace provider_host::process
