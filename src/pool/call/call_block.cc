#include "pool/call/call_block.h"

#include <algorithm>
#include <utility>

namespace provider_host::internal {
namespace {

constexpr std::size_t kMaxCalls = 64;
constexpr std::size_t kMaxText = std::size_t{64} << 10;

// Longer arguments are not copied: they stay where they are.
constexpr std::size_t kMaxArgs = std::size_t{4} << 10;

// Bytes of a frame without its arguments, at most.
std::size_t size_of_head(std::string_view function) {
  constexpr std::size_t kMaxEscape = std::string_view("\\u0001").size();
  constexpr std::size_t kFixed = 128;
  constexpr std::size_t kLongestDefault = std::string_view("call_classification_api").size();
  return kFixed + kMaxEscape * std::max(kLongestDefault, function.size());
}

std::size_t size_in_text(const Call& call) {
  return size_of_head(call.function) + (call.args_json.size() <= kMaxArgs ? call.args_json.size() : 0);
}

std::size_t size_in_text(std::span<const TaggedCall> calls) {
  std::size_t size = 0;
  for (const TaggedCall& each : calls) size += size_in_text(each.call);
  return size;
}

}  // namespace

std::size_t CallBlock::size_for(std::span<const TaggedCall> calls) {
  std::size_t count = 0;
  for (std::size_t text = 0; count < calls.size() && count < kMaxCalls; ++count) {
    text += size_in_text(calls[count].call);
    if (text > kMaxText && count > 0) break;
  }
  return count;
}

CallBlock::CallBlock(std::span<const TaggedCall> calls, std::weak_ptr<PoolCore> pool, std::shared_ptr<OutcomeSink> sink)
    : pool_(std::move(pool)),
      sink_(std::move(sink)),
      calls_(std::make_unique_for_overwrite<std::optional<CallState>[]>(
          calls.size())),  // NOLINT(modernize-avoid-c-arrays)
      untold_(calls.size()) {
  text_.reserve(size_in_text(calls));
}

CallState& CallBlock::add(std::uint64_t id, Submission submission, const CallLimits& limits, TimePoint now,
                          std::uint64_t tag) {
  CallState& call = calls_[size_].emplace(id, std::move(submission), limits, now, *this, tag);
  ++size_;
  return call;
}

bool CallBlock::has_space_for(std::string_view function, std::size_t args_size) const {
  return args_size <= kMaxArgs && text_.size() + size_of_head(function) + args_size <= text_.capacity();
}

}  // namespace provider_host::internal
