#include "host/calls/call_head.h"

#include <algorithm>
#include <charconv>

#include "base/text_scan.h"

namespace provider_host::host {
namespace {

// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::uint64_t take_id(std::string_view& text) {
  std::uint64_t id = 0;
  if (text.starts_with('0')) return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return id;
}

// The text up to the next quote; nothing when there are other bytes than plain ASCII before it.
std::optional<std::string_view> take_plain(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !stops(StopAt::kEscapedOrNonAscii, text[size])) ++size;
  const std::string_view plain = text.substr(0, size);
  text.remove_prefix(size);
  if (!take(text, "\"")) return std::nullopt;
  return plain;
}

}  // namespace

std::optional<CallHead> CallHead::cut(std::string_view payload) {
  CallHead head;
  if (!take(payload, R"({"type":"call","id":)")) return std::nullopt;
  head.id = take_id(payload);
  if (head.id == 0 || head.id > kMaxCallId || !take(payload, R"(,"function":")")) return std::nullopt;
  const auto function = take_plain(payload);
  if (!function || !take(payload, R"(,"api":")")) return std::nullopt;
  const auto api = take_plain(payload);
  if (!api || !take(payload, R"(,"args":)") || !payload.ends_with('}')) return std::nullopt;
  payload.remove_suffix(1);
  head.function = *function;
  head.api = *api;
  head.args = payload;
  return head;
}

}  // namespace provider_host::host
