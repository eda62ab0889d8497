#include "host/json_number.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace provider_host::host {
namespace {

template <typename Integer>
void append_digits(ByteBuffer& out, Integer number) {
  constexpr std::size_t kMost = 20;
  char* to = out.reserve(kMost);
  out.commit(static_cast<std::size_t>(std::to_chars(to, to + kMost, number).ptr - to));
}

char* put(char* to, std::string_view text) { return to + text.copy(to, text.size()); }

char* put_zeros(char* to, std::size_t count) {
  std::memset(to, '0', count);
  return to + count;
}

// What to_chars writes in scientific form: -d.ddde-XX, with two or three digits of exponent.
struct Scientific {
  std::array<char, 32> text;
  std::size_t size;      // of all of it
  std::size_t mantissa;  // size of what stands before the e
  int exponent;
};

Scientific scientific(double number) {
  Scientific result;
  char* const begin = result.text.data();
  const char* const end = std::to_chars(begin, begin + result.text.size(), number, std::chars_format::scientific).ptr;
  const char* const e = end[-4] == 'e' ? end - 4 : end - 5;
  int exponent = 0;
  for (const char* digit = e + 2; digit != end; ++digit) exponent = exponent * 10 + (*digit - '0');
  result.size = static_cast<std::size_t>(end - begin);
  result.mantissa = static_cast<std::size_t>(e - begin);
  result.exponent = e[1] == '-' ? -exponent : exponent;
  return result;
}

// `first` and `rest` are the significant digits; the point stands `exponent` digits behind the first.
char* put_fixed(char* to, std::string_view first, std::string_view rest, int exponent) {
  if (exponent < 0) {
    to = put_zeros(put(to, "0."), static_cast<std::size_t>(-exponent - 1));
    return put(put(to, first), rest);
  }
  const auto whole = static_cast<std::size_t>(exponent);  // digits of `rest` before the point
  to = put(to, first);
  if (rest.size() <= whole) return put(put_zeros(put(to, rest), whole - rest.size()), ".0");
  return put(put(put(to, rest.substr(0, whole)), "."), rest.substr(whole));
}

}  // namespace

void append_integer(ByteBuffer& out, std::int64_t number) { append_digits(out, number); }
void append_integer(ByteBuffer& out, std::uint64_t number) { append_digits(out, number); }

void append_float(ByteBuffer& out, double number) {
  constexpr int kLowestFixed = -4;   // 0.0001
  constexpr int kHighestFixed = 15;  // 1000000000000000.0
  const Scientific digits = scientific(number);
  const std::string_view text(digits.text.data(), digits.size);
  if (digits.exponent < kLowestFixed || digits.exponent > kHighestFixed) return out.append(text);
  const std::size_t sign = text[0] == '-' ? 1 : 0;
  const std::string_view first = text.substr(sign, 1);
  const std::string_view rest =
      digits.mantissa > sign + 2 ? text.substr(sign + 2, digits.mantissa - sign - 2) : std::string_view();
  char* const begin = out.reserve(text.size() + 24);
  char* const end = put_fixed(put(begin, text.substr(0, sign)), first, rest, digits.exponent);
  out.commit(static_cast<std::size_t>(end - begin));
}

}  // namespace provider_host::host
