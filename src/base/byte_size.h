#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host {

/// The bytes of `4096`, `64K`, `512MiB` or `1.5G`; units are powers of 1024, in either case. Nothing when the text is
/// something else, less than a byte but not 0, or too much for 63 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The same number in the largest unit that it is a whole number of, as `256 MiB`.
std::string exact_size(std::uint64_t bytes);

}  // namespace provider_host
