// provider-host-chaos: attacks pools under load, and checks that nothing is lost. See docs/testing.md.
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <exception>

#include "faults/attack.h"
#include "faults/load.h"
#include "faults/report.h"
#include "faults/scenarios.h"
#include "inject/trap.h"

namespace {

using namespace provider_host::chaos;
namespace inject = provider_host::inject;

void run_scenes(const Settings& settings, Tally& tally, Findings& findings, const Descendants& descendants) {
  Progress progress;
  Load(settings, progress).run(tally, findings, descendants);
  using Scene = std::pair<const char*, void (*)(const Settings&, Tally&, Findings&)>;
  for (const auto& [name, scene] :
       {Scene{"shutdown", storm_of_shutdowns}, Scene{"callbacks", pools_used_in_callbacks},
        Scene{"forks", forks_under_load}, Scene{"no-sigchld", pools_without_sigchld},
        Scene{"breaker", breaker_opens_and_closes}, Scene{"starved-start", pools_without_descriptors},
        Scene{"full-disk", disk_fills_up}}) {
    if (!settings.has(name)) continue;
    progress.say(std::string("scenario: ") + name);
    scene(settings, tally, findings);
  }
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
  Tally tally({});
  Findings findings;
  run_scenes(settings, tally, findings, descendants);
  const std::size_t after = open_descriptor_count();
  findings.add("no process is left over", left_over_for_good(descendants));
  findings.add("no zombie is left", Descendants::zombies());
  findings.add("no descriptor is left open", before == after,
               std::to_string(before) + " before, " + std::to_string(after) + " after");
  descendants.kill_all();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  print_report(settings, tally, findings, seconds);
  return findings.hold() ? 0 : 1;
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
