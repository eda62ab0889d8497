#include "faults/checks/item_log.h"

#include <utility>
#include <vector>

#include "faults/pieces.h"

namespace provider_host::chaos {

ItemLog::ItemLog(std::string prompt, std::size_t pieces, bool endless)
    : prompt_(std::move(prompt)),
      piece_(pieces_of(prompt_, pieces).front().size()),
      pieces_(pieces_of(prompt_, pieces).size()),
      endless_(endless) {}

bool ItemLog::is_next(const std::string& text) const {
  if (endless_ && count_ > 0) return text.starts_with(kMore);
  return count_ < pieces_ && text == prompt_.substr(count_ * piece_, piece_);
}

void ItemLog::add(const Item& item) {
  const auto text = item.text();
  if (!text || !is_next(*text)) {
    add_violation("item " + std::to_string(count_) + " is " + std::string(item.json().substr(0, 100)));
  }
  ++count_;
}

void ItemLog::add_violation(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

}  // namespace provider_host::chaos
