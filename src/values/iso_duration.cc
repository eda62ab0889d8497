#include "values/iso_duration.h"

namespace provider_host::values {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kMicroseconds = 1'000'000;

std::string fraction(std::int64_t microseconds) {
  if (microseconds == 0) return {};
  std::string digits = std::to_string(kMicroseconds + microseconds).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return "." + digits;
}

}  // namespace

std::string iso_duration(std::int64_t days, std::int64_t seconds, std::int64_t microseconds) {
  std::int64_t whole = days * kDay + seconds;
  const bool negative = whole < 0;
  if (negative) {
    whole = -whole - (microseconds > 0 ? 1 : 0);
    microseconds = microseconds > 0 ? kMicroseconds - microseconds : 0;
  }
  std::string text = negative ? "-P" : "P";
  if (whole >= kDay) text += std::to_string(whole / kDay) + "D";
  std::string time;
  if (const auto hours = whole % kDay / kHour; hours > 0) time += std::to_string(hours) + "H";
  if (const auto minutes = whole % kHour / kMinute; minutes > 0) time += std::to_string(minutes) + "M";
  const auto rest = whole % kMinute;
  if (rest > 0 || microseconds > 0) time += std::to_string(rest) + fraction(microseconds) + "S";
  if (time.empty() && text.back() == 'P') time = "0S";
  return time.empty() ? text : text + "T" + time;
}

}  // namespace provider_host::values
