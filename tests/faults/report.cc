#include "faults/report.h"

#include <cstdio>
#include <string>

namespace provider_host::chaos {
namespace {

constexpr std::size_t kMaxProblems = 10;

std::string text_of(const FaultTally& tally) {
  std::string text;
  for (const auto& [kind, count] : tally.outcomes)
    text += (text.empty() ? "" : ", ") + kind + " " + std::to_string(count);
  return text;
}

void print_row(const std::string& name, std::uint64_t count, const FaultTally& tally) {
  std::printf("%-22s %9llu %8.0f ms  %s\n", name.c_str(), static_cast<unsigned long long>(count), tally.slowest * 1000,
              text_of(tally).c_str());
}

void print_faults(const Settings& settings, const Tally& tally) {
  std::printf("%-22s %9s %11s  %s\n", "fault", "injected", "slowest", "outcomes of the calls that came with it");
  const auto& all = tally.faults();
  for (const Fault* fault : settings.faults) {
    const auto found = all.find(fault->name);
    print_row(fault->name, found != all.end() ? found->second.injected : 0,
              found != all.end() ? found->second : FaultTally());
  }
  if (const auto plain = all.find(""); plain != all.end()) {
    std::uint64_t count = 0;
    for (const auto& [kind, times] : plain->second.outcomes) count += times;
    print_row("(none)", count, plain->second);
  }
}

void print_findings(const Findings& findings) {
  for (const Finding& finding : findings.all()) {
    const bool holds = finding.problems.empty();
    std::printf("%s  %s%s\n", holds ? "PASS" : "FAIL", finding.invariant.c_str(),
                finding.figures.empty() ? "" : (": " + finding.figures).c_str());
    for (std::size_t i = 0; i < finding.problems.size() && i < kMaxProblems; ++i)
      std::printf("        %s\n", finding.problems[i].c_str());
    if (finding.problems.size() > kMaxProblems)
      std::printf("        and %zu more\n", finding.problems.size() - kMaxProblems);
  }
}

}  // namespace

void print_report(const Settings& settings, const Tally& tally, const Findings& findings, double seconds) {
  print_faults(settings, tally);
  std::printf("\n");
  print_findings(findings);
  std::printf("\n%llu calls, %llu faults of %zu kinds in %.1f s, seed %llu: %s\nagain: %s\n",
              static_cast<unsigned long long>(tally.calls()), static_cast<unsigned long long>(tally.injected()),
              settings.faults.size(), seconds, static_cast<unsigned long long>(settings.seed),
              findings.hold() ? "PASS" : "FAIL", settings.command.c_str());
}

}  // namespace provider_host::chaos
