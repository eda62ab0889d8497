#include "host/start_message.h"

#include <charconv>
#include <limits>

#include "host/calls/message_fields.h"
#include "host/protocol_violation.h"
#include "wire/messages.h"
#include "wire/path_text.h"

namespace provider_host::host {
namespace {

bool choice(MessageFields& fields, std::string_view key, std::string_view yes, std::string_view no = "error") {
  const std::string_view text = fields.text(key);
  if (text != yes && text != no) throw ProtocolViolation("an unknown value of \"" + std::string(key) + "\" in start");
  return text == yes;
}

std::optional<unsigned> file_mode_mask(MessageFields& fields) {
  const std::string_view text = fields.text("umask");
  if (text == "inherit") return std::nullopt;
  unsigned mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error != std::errc() || end != text.data() + text.size() || mask > 0777) {
    throw ProtocolViolation("no octal number at \"umask\" in start");
  }
  return mask;
}

std::string absolute_path(MessageFields& fields, std::string_view key) {
  std::string path = wire::path_of(fields.text(key));
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    throw ProtocolViolation("no absolute path at \"" + std::string(key) + "\" in start");
  }
  return path;
}

}  // namespace

StartMessage read_start_message(std::string_view payload) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  simdjson::ondemand::parser parser;
  MessageFields fields(parser, payload);
  if (fields.text("type") != "start") throw ProtocolViolation("the first message is no start message");
  if (fields.number("protocol", 0, kMax32) != wire::kProtocolVersion) {
    throw ProtocolViolation("the pool speaks another protocol than " + std::to_string(wire::kProtocolVersion));
  }
  StartMessage start;
  start.is_template = choice(fields, "role", "template", "host");
  fields.number("host", 0, kMax32);
  start.python = absolute_path(fields, "python");
  start.script = absolute_path(fields, "script");
  start.concurrency = static_cast<unsigned>(fields.number("concurrency", 1, 1'000'000));
  start.frame_limit = fields.number("frame_limit", 1, kMax32);
  start.nan_as_null = choice(fields, "nan", "null");
  start.replace_surrogates = choice(fields, "surrogates", "replace");
  start.bytes_as_base64 = choice(fields, "bytes", "base64");
  start.uvloop = choice(fields, "event_loop", "uvloop", "asyncio");
  start.memory_limit = fields.number("memory_limit", 0, std::numeric_limits<std::int64_t>::max());
  start.core_dumps = choice(fields, "core_dumps", "on", "off");
  start.no_new_privs = choice(fields, "no_new_privs", "on", "off");
  start.umask = file_mode_mask(fields);
  fields.end();
  return start;
}

}  // namespace provider_host::host
