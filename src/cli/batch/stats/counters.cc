#include "cli/batch/stats/counters.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "cli/io/json_text.h"

namespace provider_host::cli {

std::uint64_t CallCounts::failures() const {
  std::uint64_t sum = 0;
  for (const auto& entry : failed) sum += entry.second;
  return sum;
}

CountedFields counted_fields(std::string_view result) {
  CountedFields found;
  for (std::size_t at = result.find('"'); at != std::string_view::npos; at = result.find('"', at + 1)) {
    const std::string_view text = result.substr(at + 1);
    if (text.empty()) break;
    switch (text.front()) {
      case 'e':
        found.error |= text.starts_with("error\"");
        break;
      case 't':
        found.usage |= text.starts_with("tokenUsage\"");
        break;
      case 'c':
        found.usage |= text.starts_with("cost\"") || text.starts_with("cached\"");
        break;
      case 'g':
        found.usage |= text.starts_with("guardrails\"");
        break;
      default:
        break;
    }
  }
  return found;
}

void CallCounters::add_ok(std::string_view result, std::uint64_t end_offset) {
  const CountedFields fields = counted_fields(result);
  const bool provider_error = fields.error && has_provider_error(result);
  const MutexLock lock(mutex_);
  if (fields.usage) counts_.usage.add(result);
  ++counts_.ok;
  if (provider_error) ++counts_.provider_errors;
  counts_.end_offset = std::max(counts_.end_offset, end_offset);
}

bool CallCounters::add_failure(ErrorKind kind, std::uint64_t end_offset) {
  const MutexLock lock(mutex_);
  counts_.end_offset = std::max(counts_.end_offset, end_offset);
  return ++counts_.failed[kind] == 1;
}

CallCounts CallCounters::snapshot() const {
  const MutexLock lock(mutex_);
  return counts_;
}

std::string with_separators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t count, const std::string& what) {
  return with_separators(count) + " " + what + (count == 1 ? "" : "s");
}

std::string summary(const CallCounts& counts, double seconds, std::uint64_t restarts) {
  const std::uint64_t done = counts.done();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text = fmt::format("{} in {:.1f} s ({}/s): {} ok", counted(done, "call"), seconds,
                                 with_separators(static_cast<std::uint64_t>(rate)), with_separators(counts.ok));
  if (!counts.failed.empty()) {
    std::string kinds;
    for (const auto& [kind, count] : counts.failed) {
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", with_separators(count), to_string(kind));
    }
    text += fmt::format(", {} failed ({})", with_separators(counts.failures()), kinds);
  } else {
    text += ", 0 failed";
  }
  text += ", " + counted(counts.provider_errors, "provider error") + ", " + counted(restarts, "restart");
  if (!counts.usage.empty()) text += "; " + usage_text(counts.usage);
  return text;
}

}  // namespace provider_host::cli
