// provider-host-chaos: attacks pools under load, and checks that nothing is lost. See docs/testing.md.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

#include "faults/attack.h"
#include "faults/checks/report.h"
#include "faults/load.h"
#include "faults/scenarios/scenarios.h"
#include "inject/trap.h"

namespace {

using namespace provider_host::chaos;
namespace inject = provider_host::inject;

void run_scenarios(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants,
                   const Descendants& descendants) {
  Progress progress;
  Load(settings, progress).run(outcomes, invariants, descendants);
  using Scenario = std::pair<const char*, void (*)(const Settings&, OutcomeChecker&, Invariants&)>;
  for (const auto& [name, scenario] :
       {Scenario{"shutdown", concurrent_shutdowns}, Scenario{"callbacks", pools_used_in_callbacks},
        Scenario{"forks", forks_under_load}, Scenario{"no-sigchld", pools_without_sigchld},
        Scenario{"breaker", breaker_opens_and_closes}, Scenario{"starved-start", pools_without_descriptors},
        Scenario{"full-disk", disk_fills_up}}) {
    if (!settings.has(name)) continue;
    progress.say(std::string("scenario: ") + name);
    scenario(settings, outcomes, invariants);
  }
  if (std::ranges::none_of(settings.faults, [](const Fault* fault) { return fault->name.starts_with("http-"); }))
    return;
  progress.say("scenario: a server under attack");
  server_under_attack(settings, outcomes, invariants);
}

// What was killed may take a moment to be gone.
std::vector<std::string> left_over_for_good(const Descendants& descendants) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> left = descendants.left_over();
  while (!left.empty() && std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) {
    ::poll(nullptr, 0, 10);
    left = descendants.left_over();
  }
  return left;
}

int run(const Settings& settings) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("seed %llu\n", static_cast<unsigned long long>(settings.seed));
  const auto start = std::chrono::steady_clock::now();
  const Descendants descendants;
  const inject::Spared spared;
  handle_signals();
  { const provider_host::Pool warm_up(hostile_pool(settings)); }
  const std::size_t before = open_descriptor_count();
  OutcomeChecker outcomes({});
  Invariants invariants;
  run_scenarios(settings, outcomes, invariants, descendants);
  invariants.add("no process is left over", left_over_for_good(descendants));
  invariants.add("no zombie is left", Descendants::zombies());
  invariants.add("no descriptor is left open",
                 comes_down_to(before, open_descriptor_count) && open_descriptor_count() == before,
                 std::to_string(before) + " before, " + std::to_string(open_descriptor_count()) + " after");
  descendants.kill_all();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  print_report(settings, outcomes, invariants, seconds);
  return invariants.all_hold() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto settings = parse_arguments(argc, argv, exit_code);
  if (!settings) return exit_code;
  try {
    return run(*settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "provider-host-chaos: %s\n", error.what());
    return 1;
  }
}
