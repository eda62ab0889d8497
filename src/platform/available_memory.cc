#include "platform/available_memory.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace provider_host::platform {
namespace {

constexpr std::uint64_t kLeastPercent = 8;

std::optional<std::uint64_t> kibibytes_of(std::string_view meminfo, std::string_view name) {
  const auto begin = meminfo.find(name);
  if (begin == std::string_view::npos) return std::nullopt;
  meminfo.remove_prefix(begin + name.size());
  meminfo.remove_prefix(std::min(meminfo.find_first_not_of(' '), meminfo.size()));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(meminfo.data(), meminfo.data() + meminfo.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

bool memory_is_short(std::string_view meminfo) {
  const auto total = kibibytes_of(meminfo, "MemTotal:");
  const auto available = kibibytes_of(meminfo, "MemAvailable:");
  return total && available && *available < *total * kLeastPercent / 100;
}

}  // namespace provider_host::platform
