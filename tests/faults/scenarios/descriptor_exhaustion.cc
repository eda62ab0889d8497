#include <provider_host/pool.h>

#include <exception>
#include <string>
#include <vector>

#include "faults/attack.h"
#include "faults/processes.h"
#include "faults/scenarios/scenarios.h"

namespace provider_host::chaos {
namespace {

constexpr int kMaxSpare = 40;

// Makes a pool with so many spare descriptors, and returns whether that worked. Errors go to `violations`.
bool start(const Settings& settings, int spare, std::vector<std::string>& violations) {
  const std::string context = "with " + std::to_string(spare) + " spare descriptors: ";
  const DescriptorExhaustion exhaustion(spare);
  try {
    Pool pool(hostile_pool(settings));
    const Outcome outcome = pool.call_api("x");
    if (!outcome && outcome.error().kind != ErrorKind::kPoolUnavailable)
      violations.push_back(context + outcome.error().message);
    return true;
  } catch (const std::exception& error) {
    if (std::string(error.what()).empty()) violations.push_back(context + "it threw without a message");
    return false;
  }
}

}  // namespace

void pools_without_descriptors(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  std::vector<std::string> violations;
  const std::size_t before = open_descriptor_count();
  int started = 0;
  for (int spare = 0; spare <= kMaxSpare; ++spare) {
    started += start(settings, spare, violations) ? 1 : 0;
    if (!comes_down_to(before, open_descriptor_count) || open_descriptor_count() != before)
      violations.push_back("with " + std::to_string(spare) + " spare descriptors: " + std::to_string(before) +
                           " were open, now " + std::to_string(open_descriptor_count()));
  }
  if (started == 0 || started == kMaxSpare + 1) violations.emplace_back("the number of descriptors made no difference");
  outcomes.add_injected("starved-start", kMaxSpare + 1);
  invariants.add("starved-start: a pool starts or throws, and leaks nothing", std::move(violations),
                 std::to_string(started) + " of " + std::to_string(kMaxSpare + 1) + " started");
}

}  // namespace provider_host::chaos
