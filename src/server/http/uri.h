#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace provider_host::server {

/// `%41` becomes `A`. What is no escape stays as it is.
std::string percent_decoded(std::string_view text);

/// Of `a=1&b=2`: the value of the first parameter with that name, not decoded.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

}  // namespace provider_host::server
