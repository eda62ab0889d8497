#include "pool/host/call_channel.h"

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <variant>

namespace provider_host::internal {

std::string CallChannel::violation_of(const wire::HostMessage& message) const {
  const auto unknown = [this](std::uint64_t id) {
    return id <= highest_id_ ? std::string() : fmt::format("a response to call {}, which it never got", id);
  };
  if (const auto* result = std::get_if<wire::ResultMessage>(&message)) return unknown(result->id);
  if (const auto* error = std::get_if<wire::ErrorMessage>(&message)) return unknown(error->id);
  if (const auto* item = std::get_if<wire::ItemMessage>(&message)) return unknown(item->id);
  if (const auto* progress = std::get_if<wire::ProgressMessage>(&message)) return unknown(progress->id);
  if (const auto* recalled = std::get_if<wire::RecalledMessage>(&message)) return unknown(recalled->id);
  if (const auto* ready = std::get_if<wire::ReadyMessage>(&message)) {
    if (is_ready_ || stage_ == Stage::kTemplate) return "a second ready message";
    return ready->is_template == (stage_ == Stage::kMayBeTemplate) ? "" : "a ready message of another role";
  }
  if (std::holds_alternative<wire::FailedMessage>(message)) {
    return is_ready_ || stage_ == Stage::kTemplate ? "a failure to start after it was ready" : "";
  }
  if (std::holds_alternative<wire::UnforkableMessage>(message)) {
    return stage_ == Stage::kMayBeTemplate ? "" : "that it cannot be a template, which it was not to be";
  }
  if (!std::holds_alternative<wire::Violation>(message)) {
    return stage_ == Stage::kTemplate ? "" : "a message of a template, which it is not";
  }
  return std::get<wire::Violation>(message).what;
}

void CallChannel::close_writing() const { ::shutdown(fd_.get(), SHUT_WR); }
void CallChannel::cut() const { ::shutdown(fd_.get(), SHUT_RDWR); }

Outcome success_of(wire::FrameDecoder& decoder, std::string_view json) {
  if (auto frame = decoder.release_frame()) {
    return Outcome::success(std::make_shared<ByteBuffer>(std::move(*frame)), json);
  }
  constexpr std::size_t kStoredInside = 15;  // in a std::string
  if (json.size() <= kStoredInside) return Outcome::success(std::string(json));
  std::shared_ptr<char[]> text = std::make_shared_for_overwrite<char[]>(json.size() + 1);  // NOLINT(*-avoid-c-arrays)
  *std::ranges::copy(json, text.get()).out = '\0';
  const std::string_view shared(text.get(), json.size());
  return Outcome::success(std::move(text), shared);
}

std::size_t next_read_size(const wire::FrameDecoder& decoder) {
  constexpr std::size_t kMin = std::size_t{128} << 10;
  constexpr std::size_t kMax = std::size_t{1} << 20;
  return std::clamp(decoder.bytes_needed(), kMin, kMax);
}

}  // namespace provider_host::internal
