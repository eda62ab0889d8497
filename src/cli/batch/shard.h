#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// One of `count` parts of a batch: the calls whose index leaves `number` when divided by `count`. All of them by
/// default. A plain value.
struct Shard {
  std::uint64_t number = 0;  ///< From 0 to count - 1.
  std::uint64_t count = 1;

  [[nodiscard]] bool has(std::uint64_t index) const { return index % count == number; }
  [[nodiscard]] bool is_all() const { return count == 1; }
};

/// Reads `I/N`, such as `0/3`. Throws std::invalid_argument that says what is due.
Shard parse_shard(std::string_view text);

/// `0/3`
std::string to_string(const Shard& shard);

}  // namespace provider_host::cli
