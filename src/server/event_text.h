#pragma once

#include <string>
#include <string_view>

namespace provider_host::server {

inline constexpr std::string_view kEventStart = "data: ";
inline constexpr std::string_view kEventEnd = "\n\n";

/// A server-sent event (WHATWG HTML, 9.2) with these data, which have no line end.
inline std::string event_text(std::string_view data) {
  std::string text;
  text.reserve(kEventStart.size() + data.size() + kEventEnd.size());
  return text.append(kEventStart).append(data).append(kEventEnd);
}

}  // namespace provider_host::server
