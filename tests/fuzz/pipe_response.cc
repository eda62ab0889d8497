// Whatever comes instead of a response: it is some other message, an error, or an outcome that can be sent on.
#include "pipe/pipe_response.h"

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pipe/frame_block.h"
#include "pipe/response_reader.h"
#include "wire/json_text.h"

namespace messages = provider_host::pipe;

namespace {

void expect(bool fine) {
  if (!fine) std::abort();
}

void check_round_trip(const provider_host::TaggedOutcome& read) {
  const auto& [id, outcome] = read;
  constexpr double kAnyLatency = 1e9;
  if (id == 0 || !(outcome.latency_ms < kAnyLatency)) return;
  static messages::ResponseReader reader;
  std::string frame;
  messages::append_response(frame, id, outcome);
  const auto frames = messages::frames_of(frame);
  expect(frames.size() == 1 && frames.front().id == id && provider_host::wire::is_utf8(frame.substr(4)));
  const auto again = reader.read(frames.front().payload);
  expect(again && again->tag == id && again->outcome.ok() == outcome.ok());
  expect(again->outcome.host == outcome.host && again->outcome.pid == outcome.pid);
  expect(again->outcome.stdout_text == outcome.stdout_text && again->outcome.stderr_text == outcome.stderr_text);
  if (outcome) {
    expect(again->outcome.json() == outcome.json());
  } else {
    expect(to_json(again->outcome.error()) == to_json(outcome.error()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static messages::ResponseReader reader;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  try {
    if (const auto read = reader.read(payload)) check_round_trip(*read);
  } catch (const std::runtime_error&) {
  }
  return 0;
}
