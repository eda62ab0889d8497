#include "values/json_number.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace provider_host::values {
namespace {

template <typename Integer>
void append_digits(ByteBuffer& out, Integer number) {
  constexpr std::size_t kMax = 20;
  char* to = out.reserve(kMax);
  out.commit(static_cast<std::size_t>(std::to_chars(to, to + kMax, number).ptr - to));
}

constexpr std::size_t kMax = 40;  // -1.7976931348623157e+308 has 24, 0.00012345678901234567 has 22

}  // namespace

void append_integer(ByteBuffer& out, std::int64_t number) { append_digits(out, number); }
void append_integer(ByteBuffer& out, std::uint64_t number) { append_digits(out, number); }

// As repr: fixed where the point lies among the digits or near them, scientific elsewhere.
void append_float(ByteBuffer& out, double number) {
  constexpr double kLowestFixed = 1e-4;
  constexpr double kLowestScientific = 1e16;
  const double size = std::fabs(number);
  const bool fixed = number == 0 || (size >= kLowestFixed && size < kLowestScientific);
  char* const begin = out.reserve(kMax);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  char* end = std::to_chars(begin, begin + kMax, number, format).ptr;
  if (fixed && number == std::trunc(number)) {
    *end++ = '.';
    *end++ = '0';
  }
  out.commit(static_cast<std::size_t>(end - begin));
}

}  // namespace provider_host::values
