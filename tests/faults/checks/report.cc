#include "faults/checks/report.h"

#include <cstdio>
#include <string>

namespace provider_host::chaos {
namespace {

constexpr std::size_t kMaxViolations = 10;

std::string text_of(const FaultCounters& counters) {
  std::string text;
  for (const auto& [kind, count] : counters.outcomes)
    text += (text.empty() ? "" : ", ") + kind + " " + std::to_string(count);
  return text;
}

void print_row(const std::string& name, std::uint64_t count, const FaultCounters& counters) {
  std::printf("%-22s %9llu %8.0f ms  %s\n", name.c_str(), static_cast<unsigned long long>(count),
              counters.slowest * 1000, text_of(counters).c_str());
}

void print_faults(const Settings& settings, const OutcomeChecker& outcomes) {
  std::printf("%-22s %9s %11s  %s\n", "fault", "injected", "slowest", "outcomes of the calls that came with it");
  const auto& all = outcomes.faults();
  for (const Fault* fault : settings.faults) {
    const auto found = all.find(fault->name);
    print_row(fault->name, found != all.end() ? found->second.injected : 0,
              found != all.end() ? found->second : FaultCounters());
  }
  if (const auto plain = all.find(""); plain != all.end()) {
    std::uint64_t count = 0;
    for (const auto& [kind, times] : plain->second.outcomes) count += times;
    print_row("(none)", count, plain->second);
  }
}

void print_invariants(const Invariants& invariants) {
  for (const Invariant& invariant : invariants.all()) {
    const bool holds = invariant.violations.empty();
    std::printf("%s  %s%s\n", holds ? "PASS" : "FAIL", invariant.name.c_str(),
                invariant.figures.empty() ? "" : (": " + invariant.figures).c_str());
    for (std::size_t i = 0; i < invariant.violations.size() && i < kMaxViolations; ++i)
      std::printf("        %s\n", invariant.violations[i].c_str());
    if (invariant.violations.size() > kMaxViolations)
      std::printf("        and %zu more\n", invariant.violations.size() - kMaxViolations);
  }
}

}  // namespace

void print_report(const Settings& settings, const OutcomeChecker& outcomes, const Invariants& invariants,
                  double seconds) {
  print_faults(settings, outcomes);
  std::printf("\n");
  print_invariants(invariants);
  std::printf("\n%llu calls, %llu faults of %zu kinds in %.1f s, seed %llu: %s\nagain: %s\n",
              static_cast<unsigned long long>(outcomes.calls()), static_cast<unsigned long long>(outcomes.injected()),
              settings.faults.size(), seconds, static_cast<unsigned long long>(settings.seed),
              invariants.all_hold() ? "PASS" : "FAIL", settings.command.c_str());
}

}  // namespace provider_host::chaos
