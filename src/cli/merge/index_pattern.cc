#include "cli/merge/index_pattern.h"

#include <set>

namespace provider_host::cli {
namespace {

constexpr std::uint64_t kMaxShards = 100'000;

}  // namespace

std::uint64_t shard_count_of(const std::vector<IndexPattern>& files) {
  std::uint64_t count = 0;
  for (const IndexPattern& file : files) count = std::gcd(count, file.step());
  if (count < 2 || count > kMaxShards) return 1;
  std::set<std::uint64_t> numbers;
  for (const IndexPattern& file : files) {
    if (!file.empty() && !numbers.insert(file.first() % count).second) return 1;
  }
  return count;
}

}  // namespace provider_host::cli
