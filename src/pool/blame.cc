#include "pool/blame.h"

#include <algorithm>

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
    case BlackBox::kSignalledItself:
      return status.signal && static_cast<std::uint32_t>(*status.signal) == words.signal;
    default:
      return false;
  }
}

}  // namespace

LastWords LastWords::of(const wire::BlackBox& box) {
  return {.in_use = box.in_use == BlackBox::kInUse,
          .calls_read = box.calls_read,
          .culprit = box.culprit,
          .cause = box.cause,
          .signal = box.signal,
          .stack_overflow = box.stack_overflow != 0};
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
