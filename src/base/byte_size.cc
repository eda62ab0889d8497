#include "base/byte_size.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace provider_host {
namespace {

constexpr double kKibi = 1024;

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// The factor of a unit; nothing when there is no such unit.
std::optional<double> factor_of(std::string unit) {
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (unit.empty()) return 1;
  if (unit == "K" || unit == "KIB") return kKibi;
  if (unit == "M" || unit == "MIB") return kKibi * kKibi;
  if (unit == "G" || unit == "GIB") return kKibi * kKibi * kKibi;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto is_number = [](char c) { return is_decimal_digit(c) || c == '.'; };
  const auto unit_at = static_cast<std::size_t>(std::ranges::find_if_not(text, is_number) - text.begin());
  const std::string number(text.substr(0, unit_at));
  const auto factor = factor_of(std::string(text.substr(unit_at)));
  const bool is_decimal = number.find('.') != std::string::npos;
  if (!factor || number.empty() || !is_decimal_digit(number.front()) || !is_decimal_digit(number.back()))
    return std::nullopt;
  if (std::ranges::count(number, '.') > (*factor == 1 ? 0 : 1)) return std::nullopt;
  const double bytes = std::strtod(number.c_str(), nullptr) * *factor;
  if (bytes >= 9.2e18 || (bytes < 1 && bytes != 0)) return std::nullopt;
  if (is_decimal) return static_cast<std::uint64_t>(bytes);
  return std::strtoull(number.c_str(), nullptr, 10) * static_cast<std::uint64_t>(*factor);
}

std::string exact_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {" bytes", " KiB", " MiB", " GiB", " TiB", " PiB"};
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  return std::to_string(bytes) + kUnits[unit];
}

}  // namespace provider_host
