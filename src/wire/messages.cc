#include "wire/messages.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/utf8.h"
#include "wire/flat_object.h"
#include "wire/frame_codec.h"
#include "wire/json_text.h"
#include "wire/path_text.h"
#include "wire/take_text.h"

namespace provider_host::wire {
namespace {

std::string frame(std::string_view payload) {
  const auto header = encode_header(payload.size());
  std::string bytes(header.data(), header.size());
  bytes += payload;
  return bytes;
}

void append_call_head(std::string& out, std::uint64_t id, std::string_view function, std::string_view api,
                      CallMode mode) {
  std::array<char, 20> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), id).ptr;
  out += R"({"type":")";
  out += kCallTypes[static_cast<std::size_t>(mode)];
  out += R"(","id":)";
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += R"(,"function":)";
  append_quoted(out, function);
  out += R"(,"api":")";
  out += api;
  out += R"(","args":)";
}

// The value that is the rest of a message but for its closing brace; nothing when it is no JSON.
std::optional<std::string_view> last_value(std::string_view text) {
  if (text.empty() || text.back() != '}') return std::nullopt;
  text.remove_suffix(1);
  if (json_error(text, kMaxFrameDepth - 1)) return std::nullopt;
  return text;
}

Violation violation(std::string_view what, std::string_view payload) {
  constexpr std::size_t kShown = 80;
  return {std::string(what) + ": " + quote(utf8_prefix(payload, kShown)) + (payload.size() > kShown ? "…" : "")};
}

HostMessage parse_ready(std::string_view payload) {
  const auto object = FlatObject::parse(payload);
  const auto* const protocol = object ? object->number("protocol") : nullptr;
  if (protocol == nullptr) return violation("a malformed ready message", payload);
  if (*protocol != kProtocolVersion) {
    return Violation{fmt::format("the host speaks protocol {}, the pool {}", *protocol, kProtocolVersion)};
  }
  const bool has_api = object->has("api");
  if (object->size() != (has_api ? 6 : 5)) return violation("an unknown key in a ready message", payload);
  const auto* const python = object->text("python");
  const auto* const executable = object->text("executable");
  const auto* const import_ms = object->number("import_ms");
  const auto* const api = object->text("api");
  if (python == nullptr || executable == nullptr || import_ms == nullptr || (has_api && api == nullptr)) {
    return violation("a malformed ready message", payload);
  }
  ReadyMessage message{payload.starts_with(R"({"type":"template")"), *python, *executable, *import_ms};
  if (!has_api) return message;
  message.api = *api;
  if (message.api != "embedding" && message.api != "classification") {
    return violation("an unknown API in a ready message", payload);
  }
  return message;
}

// What a template says of one of its forks, or of itself.
HostMessage parse_template_message(std::string_view payload) {
  constexpr double kMaxExact = 9007199254740992.0;  // 2^53
  const auto object = FlatObject::parse(payload);
  if (!object) return violation("a frame that is not JSON", payload);
  bool is_valid = true;
  const auto number = [&](std::string_view name, double max) {
    const double* const value = object->number(name);
    const bool is_number = value != nullptr && *value >= 0 && *value <= max && *value == std::floor(*value);
    is_valid = is_valid && is_number;
    return is_number ? static_cast<std::uint64_t>(*value) : 0;
  };
  const auto text = [&](std::string_view name) {
    const std::string* const value = object->text(name);
    is_valid = is_valid && value != nullptr;
    return value != nullptr ? *value : std::string();
  };
  const auto checked = [&](HostMessage message, std::size_t members) {
    return is_valid && object->size() == members ? message : violation("a malformed message of a template", payload);
  };
  const auto whole = [&](std::string_view name) {
    return static_cast<int>(number(name, std::numeric_limits<std::int32_t>::max()));
  };
  const std::string type = text("type");
  if (type == "unforkable") return checked(UnforkableMessage{text("reason")}, 2);
  if (type == "forked") return checked(ForkedMessage{number("id", kMaxExact), whole("pid")}, 3);
  if (type == "unforked") return checked(UnforkedMessage{number("id", kMaxExact), text("reason")}, 3);
  return checked(ExitedMessage{.id = number("id", kMaxExact),
                               .code = whole("code"),
                               .signal = whole("signal"),
                               .peak_rss = number("peak_rss", kMaxExact),
                               .cpu_limit = number("cpu_limit", kMaxExact)},
                 6);
}

bool is_template_message(std::string_view payload) {
  constexpr std::array<std::string_view, 4> kHeads{R"({"type":"unforkable",)", R"({"type":"forked",)",
                                                   R"({"type":"unforked",)", R"({"type":"exited",)"};
  return std::ranges::any_of(kHeads, [payload](std::string_view head) { return payload.starts_with(head); });
}

HostMessage parse(std::string_view payload) {
  std::string_view rest = payload;
  if (take(rest, R"({"type":"result","id":)")) {
    const auto id = take_id(rest);
    if (!id || !take(rest, R"(,"result":)")) return violation("a malformed result message", payload);
    const auto value = last_value(rest);
    if (!value) return violation("a result that is not JSON", payload);
    return ResultMessage{*id, *value};
  }
  if (take(rest, R"({"type":"item","id":)")) {
    const auto id = take_id(rest);
    if (!id || !take(rest, R"(,"item":)")) return violation("a malformed item message", payload);
    const auto value = last_value(rest);
    if (!value) return violation("an item that is not JSON", payload);
    return ItemMessage{*id, *value};
  }
  if (take(rest, R"({"type":"error","id":)")) {
    const auto id = take_id(rest);
    if (!id || !take(rest, R"(,"error":)")) return violation("a malformed error message", payload);
    const auto value = last_value(rest);
    if (!value || !value->starts_with('{')) return violation("an error that is not a JSON object", payload);
    return ErrorMessage{*id, *value};
  }
  if (take(rest, R"({"type":"recalled","id":)")) {
    const auto id = take_id(rest);
    if (!id || rest != "}") return violation("a malformed recalled message", payload);
    return RecalledMessage{*id};
  }
  if (take(rest, R"({"type":"progress","id":)")) {
    const auto id = take_id(rest);
    if (!id || rest != "}") return violation("a malformed progress message", payload);
    return ProgressMessage{*id};
  }
  if (rest.starts_with(R"({"type":"ready",)") || rest.starts_with(R"({"type":"template",)"))
    return parse_ready(payload);
  if (is_template_message(payload)) return parse_template_message(payload);
  if (take(rest, R"({"type":"failed","error":)")) {
    const auto value = last_value(rest);
    if (!value || !value->starts_with('{')) return violation("a failure that is not a JSON object", payload);
    return FailedMessage{*value};
  }
  if (json_error(payload, kMaxFrameDepth)) return violation("a frame that is not JSON", payload);
  return violation("an unknown message", payload);
}

}  // namespace

std::string encode_start(const StartMessage& message) {
  std::string json = R"({"type":"start","protocol":)" + std::to_string(kProtocolVersion);
  auto add_number = [&json](std::string_view name, auto value) { json += fmt::format(R"(,"{}":{})", name, value); };
  auto add_text = [&json](std::string_view name, std::string_view value) {
    json += fmt::format(R"(,"{}":)", name);
    append_quoted(json, value);
  };
  add_text("role", message.role);
  add_number("host", message.host);
  add_text("python", path_text(message.python));
  add_text("script", path_text(message.script));
  add_number("concurrency", message.concurrency);
  add_number("frame_limit", message.frame_limit);
  add_text("nan", message.nan);
  add_text("surrogates", message.surrogates);
  add_text("bytes", message.bytes);
  add_text("event_loop", message.event_loop);
  add_number("memory_limit", message.memory_limit);
  add_text("core_dumps", message.core_dumps ? "on" : "off");
  add_text("no_new_privs", message.no_new_privs ? "on" : "off");
  add_text("umask", message.umask);
  return frame(json + "}");
}

std::string encode_inspect(std::uint64_t id) { return frame(R"({"type":"inspect","id":)" + std::to_string(id) + "}"); }
std::string encode_ping(std::uint64_t id) { return frame(R"({"type":"ping","id":)" + std::to_string(id) + "}"); }
std::string encode_probe(std::uint64_t id) { return frame(R"({"type":"probe","id":)" + std::to_string(id) + "}"); }
std::string encode_dump() { return frame(R"({"type":"dump"})"); }
std::string encode_cancel(std::uint64_t id) { return frame(R"({"type":"cancel","id":)" + std::to_string(id) + "}"); }
std::string encode_close(std::uint64_t id) { return frame(R"({"type":"close","id":)" + std::to_string(id) + "}"); }
std::string encode_credit(std::uint64_t id, std::int64_t bytes) {
  return frame(fmt::format(R"({{"type":"credit","id":{},"bytes":{}}})", id, bytes));
}

std::string encode_fork(std::uint64_t id) { return frame(R"({"type":"fork","id":)" + std::to_string(id) + "}"); }
std::string encode_reap(std::uint64_t id) { return frame(R"({"type":"reap","id":)" + std::to_string(id) + "}"); }

std::size_t call_payload_size(std::uint64_t id, std::string_view function, std::string_view api,
                              std::size_t args_size) {
  std::string head;
  append_call_head(head, id, function, api, CallMode::kCall);
  return head.size() + args_size + kCallSuffix.size();
}

std::string encode_call_prefix(std::uint64_t id, std::string_view function, std::string_view api, std::size_t args_size,
                               CallMode mode) {
  std::string prefix;
  append_call_prefix(prefix, id, function, api, args_size, mode);
  return prefix;
}

void append_call_prefix(std::string& out, std::uint64_t id, std::string_view function, std::string_view api,
                        std::size_t args_size, CallMode mode) {
  const std::size_t start = out.size();
  const std::size_t head = start + encode_header(0).size();
  out.resize(head);
  append_call_head(out, id, function, api, mode);
  const auto header = encode_header(out.size() - head + args_size + kCallSuffix.size());
  out.replace(start, header.size(), header.data(), header.size());
}

// A value that is JSON is UTF-8, too.
HostMessage parse_host_message(std::string_view payload) {
  HostMessage message = parse(payload);
  const bool is_checked = !std::holds_alternative<Violation>(message) && !std::holds_alternative<ReadyMessage>(message);
  if (!is_checked && !is_utf8(payload)) return Violation{"a frame that is not UTF-8"};
  return message;
}

bool is_pong(std::string_view payload) {
  return take(payload, R"({"type":"pong","id":)") && take_id(payload).has_value() && payload == "}";
}

}  // namespace provider_host::wire
