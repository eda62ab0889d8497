#include "cli/batch/stats/units.h"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace provider_host::cli {
namespace {

constexpr double kKibi = 1024;

std::string three_digits(double value, std::string_view unit) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, unit);
}

}  // namespace

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
