// The first byte says how the rest is cut; however that is, the same frames must come out as from one piece.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame_codec.h"
#include "wire/json_text.h"

namespace {

using provider_host::wire::FrameDecoder;

constexpr std::size_t kLimit = 4096;

std::vector<std::string> events_of(std::string_view bytes, std::size_t chunk) {
  FrameDecoder decoder(kLimit);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    decoder.feed(bytes.substr(at, chunk));
    auto event = decoder.next();
    for (; event == FrameDecoder::Event::kFrame; event = decoder.next()) {
      const auto payload = decoder.payload();
      if (payload.empty() || payload.size() > kLimit || !provider_host::wire::is_utf8(payload)) std::abort();
      events.emplace_back(payload);
    }
    if (event == FrameDecoder::Event::kViolation) {
      events.push_back("violation: " + decoder.violation());
      return events;
    }
    if (decoder.bytes_needed() == 0) std::abort();
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (events_of(bytes, std::size_t{1} + data[0]) != events_of(bytes, bytes.size())) std::abort();
  return 0;
}
