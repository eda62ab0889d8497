// Whatever a host says, it is a message whose values are JSON, or a violation that can be shown.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "wire/json_text.h"
#include "wire/messages.h"

namespace wire = provider_host::wire;

namespace {

void expect(bool fine) {
  if (!fine) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const wire::HostMessage message = wire::parse_host_message(payload);
  if (const auto* result = std::get_if<wire::ResultMessage>(&message)) {
    expect(result->id > 0 && !wire::json_error(result->result, 1024) && !wire::json_error(payload, 1024));
  } else if (const auto* error = std::get_if<wire::ErrorMessage>(&message)) {
    expect(error->id > 0 && !wire::json_error(error->error, 1024) && !wire::json_error(payload, 1024));
  } else if (const auto* violation = std::get_if<wire::Violation>(&message)) {
    expect(!violation->what.empty() && wire::is_utf8(violation->what));
  }
  expect(wire::is_utf8(payload) || std::holds_alternative<wire::Violation>(message));
  wire::is_pong(payload);
  return 0;
}
