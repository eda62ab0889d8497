#include "base/text_scan.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace provider_host {
namespace {

constexpr std::size_t kBlock = 64;

template <StopAt at>
std::size_t plain_blocks_anywhere(const char* text, std::size_t size) {
  std::size_t i = 0;
  for (; size - i >= kBlock; i += kBlock) {
    for (std::size_t k = 0; k < kBlock; k += 16) {
#if defined(PROVIDER_HOST_SCANS_16_BYTES)
      if (stop_bits<at>(text + i + k) != 0) return i;
#else
      for (std::size_t c = 0; c < 16; ++c) {
        if (stops(at, text[i + k + c])) return i;
      }
#endif
    }
  }
  return i;
}

#if defined(__x86_64__)
template <StopAt at>
__attribute__((target("avx2"))) std::size_t plain_blocks_avx2(const char* text, std::size_t size) {
  const __m256i last_control = _mm256_set1_epi8(0x1F);
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i backslash = _mm256_set1_epi8('\\');
  std::size_t i = 0;
  for (; size - i >= kBlock; i += kBlock) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i + 32));
    // The smaller of the two is a control character when one of them is.
    const __m256i smaller = _mm256_min_epu8(low, high);
    const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(smaller, last_control), smaller);
    const __m256i quotes = _mm256_or_si256(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
    const __m256i backslashes = _mm256_or_si256(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash));
    __m256i stop = _mm256_or_si256(control, _mm256_or_si256(quotes, backslashes));
    if (at == StopAt::kEscapedOrNonAscii) stop = _mm256_or_si256(stop, _mm256_or_si256(low, high));
    if (_mm256_movemask_epi8(stop) != 0) return i;
  }
  return i;
}

// Whether the processor has AVX2 and the kernel saves its registers. Not every compiler's runtime library has what
// __builtin_cpu_supports needs.
bool supports_avx2() {
  constexpr unsigned kSaved = 0b110;  // the halves of the wide registers
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_OSXSAVE) == 0) return false;
  asm volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (eax & kSaved) == kSaved && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_AVX2) != 0;
}
#endif

template <StopAt at>
std::size_t plain_blocks_here(const char* text, std::size_t size) {
#if defined(__x86_64__)
  static const bool has_avx2 = supports_avx2();
  if (has_avx2) return plain_blocks_avx2<at>(text, size);
#endif
  return plain_blocks_anywhere<at>(text, size);
}

}  // namespace

std::size_t plain_blocks(StopAt at, const char* text, std::size_t size) {
  return at == StopAt::kEscaped ? plain_blocks_here<StopAt::kEscaped>(text, size)
                                : plain_blocks_here<StopAt::kEscapedOrNonAscii>(text, size);
}

}  // namespace provider_host
