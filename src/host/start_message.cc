#include "host/start_message.h"

#include <limits>

#include "host/envelope.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

bool choice(Envelope& envelope, std::string_view key, std::string_view yes, std::string_view no = "error") {
  const std::string_view text = envelope.text(key);
  if (text != yes && text != no) throw ProtocolViolation("an unknown value of \"" + std::string(key) + "\" in start");
  return text == yes;
}

std::string absolute_path(Envelope& envelope, std::string_view key) {
  const std::string path(envelope.text(key));
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
  envelope.end();
  return start;
}

}  // namespace provider_host::host
