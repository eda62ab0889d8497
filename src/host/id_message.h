#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/take_text.h"

namespace provider_host::host {

/// The ID of a message that has nothing else: `prefix` is all in front of the number, the closing brace all behind it.
inline std::optional<std::uint64_t> id_after(std::string_view message, std::string_view prefix) {
  if (!wire::take(message, prefix)) return std::nullopt;
  const auto id = wire::take_id(message);
  return message == "}" ? id : std::nullopt;
}

}  // namespace provider_host::host
