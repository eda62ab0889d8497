// Whatever a client sends to a pipe, it is a message that is JSON but for its arguments, or an error that can be shown.
#include "cli/pipe/pipe_message.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/byte_buffer.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"

namespace cli = provider_host::cli;
namespace wire = provider_host::wire;

namespace {

void expect(bool fine) {
  if (!fine) std::abort();
}

// The arguments are part of the message as they stand; the pool checks them.
void check_call(std::string_view payload, const cli::CallMessage& message) {
  const std::string& args = message.call.args_json;
  expect(message.id > 0 && wire::is_utf8(payload) && wire::is_utf8(message.call.function));
  expect(wire::is_utf8(message.call.affinity) && (message.call.api || !message.call.function.empty()));
  for (std::size_t at = payload.find(args); at != std::string_view::npos; at = payload.find(args, at + 1)) {
    const std::string rest = std::string(payload.substr(0, at)) + "0" + std::string(payload.substr(at + args.size()));
    if (!wire::json_error(rest, 10)) return;
  }
  expect(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static cli::PipeMessageReader reader("");
  provider_host::ByteBuffer buffer;
  buffer.append({reinterpret_cast<const char*>(data), size});
  const std::string_view payload = size > 0 ? buffer.view() : std::string_view("");
  const cli::PipeMessage message = reader.read(payload);
  if (const auto* bad = std::get_if<cli::BadMessage>(&message)) {
    expect(!bad->what.empty() && wire::is_utf8(bad->what) && bad->id != 0U);
  } else if (const auto* call = std::get_if<cli::CallMessage>(&message)) {
    check_call(payload, *call);
  } else {
    expect(!wire::json_error(payload, 10));
  }
  return 0;
}
