#include "cli/merge/missing_calls.h"

#include <algorithm>

#include "cli/batch/shard.h"
#include "cli/batch/stats/counters.h"

namespace provider_host::cli {

void MissingCalls::add_range(std::uint64_t begin, std::uint64_t end) {
  count_ += end - begin;
  if (ranges_.size() <= kMaxNamed) ranges_.emplace_back(begin, end - 1);
  if (shards_ == 1) return;
  // Each shard has a call in every `shards_` of them, and the first shards of the range one in the rest.
  const std::uint64_t each = (end - begin) / shards_;
  const std::uint64_t rest = (end - begin) % shards_;
  for (std::uint64_t at = 0; at < (each > 0 ? shards_ : rest); ++at) {
    by_shard_[(begin + at) % shards_] += each + (at < rest ? 1 : 0);
  }
}

std::string MissingCalls::ranges_text() const {
  std::string text;
  for (std::size_t at = 0; at < std::min(ranges_.size(), kMaxNamed); ++at) {
    const auto [first, last] = ranges_[at];
    if (at > 0) text += ", ";
    text += std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  }
  return ranges_.size() > kMaxNamed ? text + ", …" : text;
}

std::string MissingCalls::shards_text() const {
  std::string text;
  std::size_t named = 0;
  for (const auto& [number, calls] : by_shard_) {
    if (++named > kMaxNamed) return text + ", …";
    if (named > 1) text += ", ";
    text += "shard " + to_string(Shard{number, shards_}) + " lacks " + with_separators(calls) +
            (calls == 1 ? " call" : " calls");
  }
  return text;
}

}  // namespace provider_host::cli
