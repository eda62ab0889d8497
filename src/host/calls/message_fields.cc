#include "host/calls/message_fields.h"

#include "base/byte_buffer.h"
#include "host/protocol_violation.h"
#include "wire/json_text.h"

namespace provider_host::host {

static_assert(ByteBuffer::kPadding >= simdjson::SIMDJSON_PADDING);

MessageFields::MessageFields(simdjson::ondemand::parser& parser, std::string_view payload) : payload_(payload) {
  const simdjson::padded_string_view padded(payload.data(), payload.size(), payload.size() + ByteBuffer::kPadding);
  if (const auto error = parser.iterate(padded).get(document_); error == simdjson::MEMALLOC)
    throw std::bad_alloc();
  else if (error)
    fail(simdjson::error_message(error));
  if (document_.get_object().get(object_)) fail("no JSON object");
  next_ = object_.begin();
}

simdjson::ondemand::value MessageFields::value(std::string_view key) {
  if (begun_) ++next_;
  begun_ = true;
  if (next_ == object_.end()) fail("no key \"" + std::string(key) + "\"");
  simdjson::ondemand::field field;
  if (const auto error = (*next_).get(field)) fail(simdjson::error_message(error));
  std::string_view name;
  if (field.unescaped_key().get(name) || name != key) fail("no key \"" + std::string(key) + "\" where it belongs");
  return field.value();
}

std::string_view MessageFields::text(std::string_view key) {
  std::string_view text;
  if (value(key).get_string().get(text)) fail("no string at \"" + std::string(key) + "\"");
  return text;
}

std::uint64_t MessageFields::number(std::string_view key, std::uint64_t low, std::uint64_t high) {
  std::uint64_t number = 0;
  if (value(key).get_uint64().get(number) || number < low || number > high) {
    fail("no valid number at \"" + std::string(key) + "\"");
  }
  return number;
}

void MessageFields::end() {
  if (begun_) ++next_;
  if (next_.error()) fail(simdjson::error_message(next_.error()));
  if (!(next_ == object_.end())) fail("an unknown key");
  if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) fail("something behind the JSON object");
}

void MessageFields::fail(const std::string& what) const {
  constexpr std::size_t kShown = 80;
  throw ProtocolViolation("a malformed message from the pool (" + what +
                          "): " + wire::quote(payload_.substr(0, kShown)));
}

}  // namespace provider_host::host
