#include "cli/batch/output/written_calls.h"

#include <algorithm>

namespace provider_host::cli {
namespace {

bool by_index(const WrittenCall& one, const WrittenCall& other) { return one.index < other.index; }

}  // namespace

void WrittenCalls::finish(bool drop_failed) {
  in_order_ = std::is_sorted(calls_.begin(), calls_.end(), by_index);
  if (!in_order_) std::stable_sort(calls_.begin(), calls_.end(), by_index);
  keep_last_of_each();
  if (drop_failed) {
    dropped_ = std::erase_if(calls_, [](const WrittenCall& call) { return call.failed || call.provider_error; });
  }
  for (const WrittenCall& call : calls_) {
    if (call.failed) ++failed_;
    if (call.provider_error) ++provider_errors_;
  }
}

void WrittenCalls::keep_last_of_each() {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < calls_.size(); ++at) {
    if (at + 1 < calls_.size() && calls_[at + 1].index == calls_[at].index) {
      if (duplicates_++ == 0) first_duplicate_ = calls_[at].index;
    } else {
      calls_[kept++] = calls_[at];
    }
  }
  calls_.resize(kept);
}

const WrittenCall* WrittenCalls::find(std::uint64_t index) const {
  const auto found =
      std::ranges::lower_bound(calls_, index, {}, [](const WrittenCall& call) { return std::uint64_t{call.index}; });
  return found != calls_.end() && found->index == index ? &*found : nullptr;
}

}  // namespace provider_host::cli
