#include "cli/units.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace provider_host::cli {
namespace {

constexpr double kKibi = 1024;

std::string three_digits(double value, std::string_view unit) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, unit);
}

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

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / kKibi;
  std::size_t unit = 0;
  for (; value >= 1023.5 && unit + 1 < kUnits.size(); ++unit) value /= kKibi;
  return three_digits(value, kUnits[unit]);
}

std::string duration_text(double milliseconds) {
  if (milliseconds <= 0) return "0 µs";
  if (milliseconds < 0.9995) return three_digits(milliseconds * 1000, "µs");
  if (milliseconds < 999.5) return three_digits(milliseconds, "ms");
  return three_digits(milliseconds / 1000, "s");
}

}  // namespace provider_host::cli
