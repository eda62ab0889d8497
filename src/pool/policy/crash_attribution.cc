#include "pool/policy/crash_attribution.h"

#include <algorithm>
#include <string_view>

namespace provider_host::internal {
namespace {

using wire::CrashRecord;

// Whether the crash record matches this exit status: a process may survive a signal that it sends to itself.
bool fits(const CrashSnapshot& snapshot, const process::ExitStatus& status) {
  switch (snapshot.cause) {
    case CrashRecord::kFatalSignal:
      return status.signal.has_value();
    case CrashRecord::kExit:
      return status.exit_code.has_value();
    case CrashRecord::kExecuted:
      return snapshot.executed.has_value();
    case CrashRecord::kLostChannels:
      return status.exit_code.has_value();
    case CrashRecord::kSignalledItself:
      return status.signal && static_cast<std::uint32_t>(*status.signal) == snapshot.signal;
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

std::optional<Executed> executed_of(const CrashRecord& record) {
  const auto texts = [](const auto& field) { return texts_in({field.data(), field.size()}); };
  if (record.executes != CrashRecord::kInUse) return std::nullopt;
  const std::vector<std::string> program = texts(record.program);
  return Executed{program.empty() ? "" : program.front(), texts(record.arguments), texts(record.environment)};
}

}  // namespace

CrashSnapshot CrashSnapshot::of(const wire::CrashRecord& record) {
  return {.in_use = record.in_use == CrashRecord::kInUse,
          .calls_read = record.calls_read,
          .culprit = record.culprit,
          .cause = record.cause,
          .signal = record.signal,
          .stack_overflow = record.stack_overflow != 0,
          .peak_rss_at_start = record.peak_rss_at_start,
          .childless = record.childless != 0,
          .executed = executed_of(record)};
}

bool CrashSnapshot::is_self_inflicted(const process::ExitStatus& status) const {
  return (cause == CrashRecord::kExit || cause == CrashRecord::kSignalledItself) && fits(*this, status);
}

CrashAttribution attribute_crash(const CrashSnapshot& snapshot, const process::ExitStatus& status,
                                 std::span<const CallAtDeath> calls) {
  CrashAttribution attribution;
  std::vector<CallAtDeath> read;
  for (const CallAtDeath& call : calls) {
    if (snapshot.in_use && call.sequence > snapshot.calls_read) {
      if (!call.abandoned) attribution.undelivered.push_back(call.id);
    } else {
      read.push_back(call);
    }
  }
  const bool is_known = std::ranges::any_of(read, [&](const auto& call) { return call.id == snapshot.culprit; });
  if (snapshot.in_use && is_known && fits(snapshot, status)) {
    attribution.culprit = snapshot.culprit;
  } else if (read.size() == 1) {
    attribution.culprit = read.front().id;
  }
  return attribution;
}

}  // namespace provider_host::internal
