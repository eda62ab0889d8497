#include "host/calls/call_head.h"

#include "base/text_scan.h"
#include "wire/take_text.h"

namespace provider_host::host {
namespace {

using wire::take;

// The text up to the next quote; nothing when there are other bytes than plain ASCII before it.
std::optional<std::string_view> take_plain(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !stops(StopAt::kEscapedOrNonAscii, text[size])) ++size;
  const std::string_view plain = text.substr(0, size);
  text.remove_prefix(size);
  if (!take(text, "\"")) return std::nullopt;
  return plain;
}

std::optional<Mode> take_mode(std::string_view& text) {
  if (take(text, R"({"type":"call","id":)")) return Mode::kCall;
  if (take(text, R"({"type":"stream","id":)")) return Mode::kStream;
  if (take(text, R"({"type":"watched","id":)")) return Mode::kWatched;
  return std::nullopt;
}

}  // namespace

std::optional<CallHead> CallHead::cut(std::string_view payload) {
  CallHead head;
  const auto mode = take_mode(payload);
  if (!mode) return std::nullopt;
  head.mode = *mode;
  head.id = wire::take_id(payload).value_or(0);
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
