#include "cli/batch/input/line_items.h"

#include "cli/batch/stats/counters.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {

std::string too_long_error(std::size_t limit) {
  return "it is longer than the frame limit of " + with_separators(limit) + " bytes";
}

std::optional<InputItem> LineItems::next() {
  while (true) {
    const LineReader::Line line = reader_.next();
    if (line.kind == LineReader::Kind::kEnd || line.kind == LineReader::Kind::kStopped) return std::nullopt;
    ++line_;
    const bool too_long = line.kind == LineReader::Kind::kTooLong;
    if (kind_ == Kind::kObjects && !too_long && trim(line.text).empty()) continue;
    InputItem item{index_++, line_, reader_.position(), line.text};
    if (too_long) item.error = too_long_error(limit_);
    return item;
  }
}

}  // namespace provider_host::cli
