#include "cli/batch/shard.h"

#include <charconv>
#include <optional>
#include <stdexcept>

namespace provider_host::cli {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto number = number_of(text.substr(0, slash));
  const auto count = slash == std::string_view::npos ? std::nullopt : number_of(text.substr(slash + 1));
  if (!number || !count || *count == 0) {
    throw std::invalid_argument("must be I/N, such as 0/3, 1/3 and 2/3 for the three shards of a batch, not '" +
                                std::string(text) + "'");
  }
  if (*number >= *count) {
    const std::string all = *count == 1 ? "the only shard of 1 is 0/1"
                                        : "the shards of " + std::to_string(*count) + " are 0/" +
                                              std::to_string(*count) + " to " + to_string({*count - 1, *count});
    throw std::invalid_argument("there is no shard " + std::string(text) + ": I counts from 0, so " + all);
  }
  return {*number, *count};
}

std::string to_string(const Shard& shard) { return std::to_string(shard.number) + "/" + std::to_string(shard.count); }

}  // namespace provider_host::cli
