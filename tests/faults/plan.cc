#include "faults/plan.h"

namespace provider_host::chaos {
namespace {

// Most prompts are small; some are large enough for the ways of their own that large ones have.
std::size_t padding_for(std::uint64_t random) {
  const std::uint64_t kind = random % 1000;
  if (kind < 3) return (random >> 16U) % (1U << 20U);
  if (kind < 50) return (random >> 16U) % (64U << 10U);
  return (random >> 16U) % 64;
}

}  // namespace

Plan::Plan(std::uint64_t seed, int thread, const std::vector<const Fault*>& faults, double rate, bool hostile)
    : random_(seed, static_cast<std::uint64_t>(thread)), rate_(rate), hostile_(hostile) {
  for (const Fault* fault : faults) {
    if (fault->source == FaultSource::kScenario) continue;
    faults_.push_back(fault);
    weights_ += fault->weight;
  }
}

const Fault* Plan::draw() {
  double left = random_.fraction() * weights_;
  for (const Fault* fault : faults_) {
    left -= fault->weight;
    if (left < 0) return fault;
  }
  return faults_.empty() ? nullptr : faults_.back();
}

Step Plan::next() {
  Step step;
  step.number = number_++;
  const bool faulty = random_.fraction() < rate_;
  step.method = static_cast<CallMethod>(random_.below(4));
  step.async = random_.below(2) == 1;
  step.padding = padding_for(random_.next());
  step.random = random_.next();
  const bool elsewhere = hostile_ && random_.below(8) == 0;
  step.fault = faulty ? draw() : nullptr;
  if (step.fault == nullptr || step.fault->source == FaultSource::kParent) {
    step.hostile = elsewhere;
  } else {
    step.hostile = step.fault->source == FaultSource::kHostile;
  }
  return step;
}

}  // namespace provider_host::chaos
