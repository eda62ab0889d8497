#include "pipe/frame_block.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "wire/frame_codec.h"
#include "wire/take_text.h"

namespace provider_host::pipe {
namespace {

// With its header; nothing when not even that is there.
std::optional<std::size_t> size_of_first(std::string_view bytes) {
  if (bytes.size() < wire::kHeaderSize) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < wire::kHeaderSize; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
  return wire::kHeaderSize + size;
}

// The id of a payload that begins as docs/protocol.md says; nothing for any other.
std::optional<std::uint64_t> id_of(std::string_view payload) {
  constexpr std::array<std::string_view, 3> kTypes{"call", "result", "error"};
  if (!wire::take(payload, R"({"type":")")) return std::nullopt;
  const auto known = [&payload](std::string_view type) { return wire::take(payload, type); };
  if (!std::ranges::any_of(kTypes, known) || !wire::take(payload, R"(","id":)")) return std::nullopt;
  const auto id = wire::take_id(payload);
  return id && payload.starts_with(',') ? id : std::nullopt;
}

}  // namespace

std::vector<FrameOfBlock> frames_of(std::string_view block) {
  std::vector<FrameOfBlock> frames;
  for (std::size_t at = 0; at < block.size();) {
    const std::string_view rest = block.substr(at);
    const auto size = size_of_first(rest);
    if (!size || rest.size() < *size) {
      throw std::invalid_argument("the block ends inside a frame, which begins at byte " + std::to_string(at));
    }
    const std::string_view frame = rest.substr(0, *size);
    const std::string_view payload = frame.substr(wire::kHeaderSize);
    const auto id = id_of(payload);
    if (!id) {
      throw std::invalid_argument("the frame at byte " + std::to_string(at) +
                                  " is no call, result or error with an id");
    }
    frames.push_back({*id, frame, payload});
    at += frame.size();
  }
  return frames;
}

}  // namespace provider_host::pipe
