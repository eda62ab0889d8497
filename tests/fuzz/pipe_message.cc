// Whatever a client sends to a pipe, it is a message that is JSON but for its arguments, or an error that can be shown.
// A call that was read, and is written again, is the same call.
#include "pipe/pipe_message.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/byte_buffer.h"
#include "pipe/call_writer.h"
#include "wire/frame_codec.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"

namespace messages = provider_host::pipe;
namespace wire = provider_host::wire;

namespace {

void expect(bool fine) {
  if (!fine) std::abort();
}

// The arguments are part of the message as they stand; the pool checks them.
void check_call(std::string_view payload, const messages::CallMessage& message) {
  const std::string& args = message.call.args_json;
  expect(message.id > 0 && wire::is_utf8(payload) && wire::is_utf8(message.call.function));
  expect(wire::is_utf8(message.call.affinity) && (message.call.api || !message.call.function.empty()));
  for (std::size_t at = payload.find(args); at != std::string_view::npos; at = payload.find(args, at + 1)) {
    const std::string rest = std::string(payload.substr(0, at)) + "0" + std::string(payload.substr(at + args.size()));
    if (!wire::json_error(rest, 10)) return;
  }
  expect(false);
}

void check_round_trip(const messages::CallMessage& message) {
  static messages::PipeMessageReader reader("");
  const provider_host::Call& call = message.call;
  std::string frame;
  messages::append_call(frame, message.id, call);
  provider_host::ByteBuffer buffer;
  buffer.append(std::string_view(frame).substr(wire::kHeaderSize));
  const auto read = std::get<messages::CallMessage>(reader.read(buffer.view()));
  const provider_host::Call& again = read.call;
  expect(read.id == message.id && read.details && again.api == call.api && again.function == call.function);
  expect(again.args_json == call.args_json && again.timeout == call.timeout && again.deadline == call.deadline);
  expect(again.item_timeout == call.item_timeout && again.queue_wait == call.queue_wait);
  expect(again.retries == call.retries && again.input == call.input && again.affinity == call.affinity);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static messages::PipeMessageReader reader("");
  provider_host::ByteBuffer buffer;
  buffer.append({reinterpret_cast<const char*>(data), size});
  const std::string_view payload = size > 0 ? buffer.view() : std::string_view("");
  const messages::PipeMessage message = reader.read(payload);
  if (const auto* bad = std::get_if<messages::BadMessage>(&message)) {
    expect(!bad->what.empty() && wire::is_utf8(bad->what) && bad->id != 0U);
  } else if (const auto* call = std::get_if<messages::CallMessage>(&message)) {
    check_call(payload, *call);
    check_round_trip(*call);
  } else {
    expect(!wire::json_error(payload, 10));
  }
  return 0;
}
