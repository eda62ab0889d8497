#include "faults/plan.h"

namespace provider_host::chaos {
namespace {

constexpr std::uint64_t kMaxPieces = 6;
// Far more than the credit that a stream begins with.
constexpr std::size_t kManyPieces = 1000;
constexpr std::size_t kLargePiece = 20;

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

CallMethod Plan::draw_method(CallShape shape) {
  const auto plain = static_cast<CallMethod>(random_.below(kPlainMethods));
  const auto stream = static_cast<CallMethod>(kPlainMethods + random_.below(kStreamMethods));
  const bool streams = random_.below(3) == 0;
  if (shape == CallShape::kPlain) return plain;
  return streams || shape == CallShape::kStream ? stream : plain;
}

Step Plan::next() {
  Step step;
  step.number = number_++;
  const bool faulty = random_.fraction() < rate_;
  step.fault = faulty ? draw() : nullptr;
  const CallShape shape = step.fault != nullptr ? step.fault->shape : CallShape::kAny;
  step.method = draw_method(shape);
  step.async = random_.below(2) == 1;
  step.generator = random_.below(4) == 0 || is_stream(step.method) || shape == CallShape::kGenerator;
  step.pieces = 1 + random_.below(kMaxPieces);
  step.padding = padding_for(random_.next());
  if (step.has("reader-lags") || step.has("reader-races")) {
    step.pieces = kManyPieces;
    step.padding += kManyPieces * kLargePiece;
  }
  step.random = random_.next();
  const bool elsewhere = hostile_ && random_.below(8) == 0;
  if (step.fault == nullptr || step.fault->source == FaultSource::kParent) {
    step.hostile = elsewhere;
  } else {
    step.hostile = step.fault->source == FaultSource::kHostile;
  }
  return step;
}

}  // namespace provider_host::chaos
