#pragma once

#include <cstdint>
#include <string>

namespace provider_host::values {

/// A duration as Python's timedelta holds it (`seconds` and `microseconds` are never negative) in ISO 8601: P1DT2H0.5S.
/// Days stay days, as nobody knows how long a month is.
std::string iso_duration(std::int64_t days, std::int64_t seconds, std::int64_t microseconds);

}  // namespace provider_host::values
