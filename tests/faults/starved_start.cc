#include <provider_host/pool.h>

#include <exception>
#include <string>
#include <vector>

#include "faults/attack.h"
#include "faults/processes.h"
#include "faults/scenarios.h"

namespace provider_host::chaos {
namespace {

constexpr int kMaxRoom = 40;

// Makes a pool with room for so many descriptors, and returns whether that worked. What is not as it should be goes to
// `complaints`.
bool start(const Settings& settings, int room, std::vector<std::string>& complaints) {
  const std::string who = "with room for " + std::to_string(room) + ": ";
  const DescriptorDrought drought(room);
  try {
    Pool pool(hostile_pool(settings));
    const Outcome outcome = pool.call_api("x");
    if (!outcome && outcome.error().kind != ErrorKind::kPoolUnavailable)
      complaints.push_back(who + outcome.error().message);
    return true;
  } catch (const std::exception& error) {
    if (std::string(error.what()).empty()) complaints.push_back(who + "it threw without a word");
    return false;
  }
}

}  // namespace

void pools_without_descriptors(const Settings& settings, Tally& tally, Findings& findings) {
  std::vector<std::string> complaints;
  const std::size_t before = open_descriptor_count();
  int started = 0;
  for (int room = 0; room <= kMaxRoom; ++room) {
    started += start(settings, room, complaints) ? 1 : 0;
    if (const std::size_t after = open_descriptor_count(); after != before)
      complaints.push_back("with room for " + std::to_string(room) + ": " + std::to_string(after - before) + " leaked");
  }
  if (started == 0 || started == kMaxRoom + 1) complaints.emplace_back("the number of descriptors made no difference");
  tally.add_injected("starved-start", kMaxRoom + 1);
  findings.add("starved-start: a pool starts or throws, and leaks nothing", std::move(complaints),
               std::to_string(started) + " of " + std::to_string(kMaxRoom + 1) + " started");
}

}  // namespace provider_host::chaos
