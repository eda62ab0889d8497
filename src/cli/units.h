#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// What `parse_size` reads, for messages.
inline constexpr std::string_view kSizeForms = "bytes, or a number with K, M or G (KiB, MiB, GiB), such as 512M";

/// The bytes of `4096`, `64K`, `512MiB` or `1.5G`; units are powers of 1024, in either case. Nothing when the text is
/// something else, less than a byte but not 0, or too much for 63 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// About three digits of it: `712 B`, `35.1 MiB`.
std::string size_text(std::uint64_t bytes);

/// About three digits of it: `61.2 µs`, `1.20 ms`, `34.0 s`.
std::string duration_text(double milliseconds);

}  // namespace provider_host::cli
