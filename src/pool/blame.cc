#include "pool/blame.h"

#include <algorithm>
#include <string_view>

namespace provider_host::internal {
namespace {

using wire::BlackBox;

// Whether the note tells of this death: a process may survive a signal that it sends to itself.
bool fits(const LastWords& words, const process::ExitStatus& status) {
  switch (words.cause) {
    case BlackBox::kFatalSignal:
      return status.signal.has_value();
    case BlackBox::kExit:
      return status.exit_code.has_value();
    case BlackBox::kExecuted:
      return words.executed.has_value();
    case BlackBox::kLostChannels:
      return status.exit_code.has_value();
    case BlackBox::kSignalledItself:
      return status.signal && static_cast<std::uint32_t>(*status.signal) == words.signal;
    default:
      return false;
  }
}

// The texts up to the first empty one. The host may write meanwhile, or nonsense.
std::vector<std::string> texts_in(std::string_view bytes) {
  std::vector<std::string> texts;
  for (auto end = bytes.find('\0'); end != 0 && end != std::string_view::npos; end = bytes.find('\0')) {
    texts.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  return texts;
}

std::optional<Executed> executed_of(const BlackBox& box) {
  const auto texts = [](const auto& field) { return texts_in({field.data(), field.size()}); };
  if (box.executes != BlackBox::kInUse) return std::nullopt;
  const std::vector<std::string> program = texts(box.program);
  return Executed{program.empty() ? "" : program.front(), texts(box.arguments), texts(box.environment)};
}

}  // namespace

LastWords LastWords::of(const wire::BlackBox& box) {
  return {.in_use = box.in_use == BlackBox::kInUse,
          .calls_read = box.calls_read,
          .culprit = box.culprit,
          .cause = box.cause,
          .signal = box.signal,
          .stack_overflow = box.stack_overflow != 0,
          .peak_rss_at_start = box.peak_rss_at_start,
          .childless = box.childless != 0,
          .executed = executed_of(box)};
}

bool LastWords::is_own_doing(const process::ExitStatus& status) const {
  return (cause == BlackBox::kExit || cause == BlackBox::kSignalledItself) && fits(*this, status);
}

Blame find_blame(const LastWords& words, const process::ExitStatus& status, std::span<const CallAtDeath> calls) {
  Blame blame;
  std::vector<CallAtDeath> read;
  for (const CallAtDeath& call : calls) {
    if (words.in_use && call.place > words.calls_read) {
      if (!call.abandoned) blame.unread.push_back(call.id);
    } else {
      read.push_back(call);
    }
  }
  const bool is_known = std::ranges::any_of(read, [&](const auto& call) { return call.id == words.culprit; });
  if (words.in_use && is_known && fits(words, status)) {
    blame.culprit = words.culprit;
  } else if (read.size() == 1) {
    blame.culprit = read.front().id;
  }
  return blame;
}

}  // namespace provider_host::internal
