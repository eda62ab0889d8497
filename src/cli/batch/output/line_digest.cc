#include "cli/batch/output/line_digest.h"

#include <zlib.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kDigits = 8;

std::uint32_t crc32_of(std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type for bytes
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

}  // namespace

std::uint32_t digest_of_line(std::string_view line) { return crc32_of(trim(line)); }

std::uint32_t digest_of_id(std::string_view raw) {
  if (!is_string(raw) || raw.find('\\') == std::string_view::npos) return crc32_of(raw);
  const auto id = nlohmann::json::parse(raw, nullptr, false);
  return crc32_of(id.is_discarded() ? std::string(raw) : id.dump());  // it has half a surrogate pair
}

std::string digest_text(std::uint32_t digest) {
  std::string text;
  append_digest(text, digest);
  return text;
}

void append_digest(std::string& text, std::uint32_t digest) {
  for (int shift = 28; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[digest >> static_cast<unsigned>(shift) & 0xFU];
}

bool read_digest(std::string_view text, std::uint32_t& digest) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, digest, 16);
  return text.size() == kDigits && read.ec == std::errc() && read.ptr == end;
}

}  // namespace provider_host::cli
