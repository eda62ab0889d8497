#include "host/start_message.h"

#include <charconv>
#include <limits>

#include "host/envelope.h"
#include "host/protocol_violation.h"
#include "wire/path_text.h"

namespace provider_host::host {
namespace {

bool choice(Envelope& envelope, std::string_view key, std::string_view yes, std::string_view no = "error") {
  const std::string_view text = envelope.text(key);
  if (text != yes && text != no) throw ProtocolViolation("an unknown value of \"" + std::string(key) + "\" in start");
  return text == yes;
}

std::optional<unsigned> file_mode_mask(Envelope& envelope) {
  const std::string_view text = envelope.text("umask");
  if (text == "inherit") return std::nullopt;
  unsigned mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error != std::errc() || end != text.data() + text.size() || mask > 0777) {
    throw ProtocolViolation("no octal number at \"umask\" in start");
  }
  return mask;
}

std::string absolute_path(Envelope& envelope, std::string_view key) {
  std::string path = wire::path_of(envelope.text(key));
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    throw ProtocolViolation("no absolute path at \"" + std::string(key) + "\" in start");
  }
  return path;
}

}  // namespace

StartMessage read_start_message(std::string_view payload) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  simdjson::ondemand::parser parser;
  Envelope envelope(parser, payload);
  if (envelope.text("type") != "start") throw ProtocolViolation("the first message is no start message");
  if (envelope.number("protocol", 0, kMax32) != 1) throw ProtocolViolation("the pool speaks another protocol than 1");
  envelope.number("host", 0, kMax32);
  StartMessage start;
  start.python = absolute_path(envelope, "python");
  start.script = absolute_path(envelope, "script");
  start.concurrency = static_cast<unsigned>(envelope.number("concurrency", 1, 1'000'000));
  start.frame_limit = envelope.number("frame_limit", 1, kMax32);
  start.nan_as_null = choice(envelope, "nan", "null");
  start.replace_surrogates = choice(envelope, "surrogates", "replace");
  start.bytes_as_base64 = choice(envelope, "bytes", "base64");
  start.uvloop = choice(envelope, "event_loop", "uvloop", "asyncio");
  start.memory_limit = envelope.number("memory_limit", 0, std::numeric_limits<std::int64_t>::max());
  start.core_dumps = choice(envelope, "core_dumps", "on", "off");
  start.no_new_privs = choice(envelope, "no_new_privs", "on", "off");
  start.umask = file_mode_mask(envelope);
  envelope.end();
  return start;
}

}  // namespace provider_host::host
