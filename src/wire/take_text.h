#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace provider_host::wire {

// For messages that are read in the one form in which the other side writes them.

/// Takes `prefix` off the front of `text`; whether it was there.
inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes a number without leading zeros off the front of `text`; nothing when there is none.
inline std::optional<std::uint64_t> take_id(std::string_view& text) {
  std::uint64_t id = 0;
  if (text.starts_with('0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return id;
}

}  // namespace provider_host::wire
