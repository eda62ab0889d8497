#include "cli/index_set.h"

#include <iterator>

namespace provider_host::cli {

bool IndexSet::contains(std::uint64_t index) const {
  const auto after = runs_.upper_bound(index);
  return after != runs_.begin() && std::prev(after)->second >= index;
}

bool IndexSet::add(std::uint64_t index) {
  if (contains(index)) return false;
  ++size_;
  auto after = runs_.upper_bound(index);
  std::uint64_t last = index;
  if (after != runs_.end() && after->first == index + 1) {
    last = after->second;
    after = runs_.erase(after);
  }
  if (after != runs_.begin() && std::prev(after)->second + 1 == index) {
    std::prev(after)->second = last;
  } else {
    runs_.emplace(index, last);
  }
  return true;
}

}  // namespace provider_host::cli
