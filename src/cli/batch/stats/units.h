#pragma once

#include <cstdint>
#include <string>

namespace provider_host::cli {

/// About three digits of it: `712 B`, `35.1 MiB`.
std::string size_text(std::uint64_t bytes);

/// About three digits of it: `61.2 µs`, `1.20 ms`, `34.0 s`.
std::string duration_text(double milliseconds);

}  // namespace provider_host::cli
