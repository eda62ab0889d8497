#include "faults/reading.h"

namespace provider_host::chaos {
namespace {

constexpr double kSlow = 0.03;
constexpr double kBrief = 0.005;

}  // namespace

Reading reading_for(const Step& step) {
  Reading reading;
  const std::size_t few = step.random % 4;
  const bool closes = step.has("reader-closes") || step.has("reader-vanishes") || step.has("cancel");
  if (closes || (step.fault != nullptr && step.fault->endless)) reading.items = few;
  reading.vanishes = step.has("reader-vanishes");
  if (step.has("reader-races")) reading.closed_after = static_cast<double>(step.random % 997) * 0.000003;
  if (step.has("reader-interrupts")) {
    reading.is_interrupted = step.method == CallMethod::kStream;
    if (!reading.is_interrupted) reading.items = 1;
  }
  if (step.has("reader-slow")) reading.pause = kSlow;
  if (step.has("reader-lags")) {
    reading.pause = kSlow;
    reading.pause_every = 200;
  }
  if (step.has("overdraws")) {
    reading.items += 8;
    reading.pause = kBrief;
  }
  return reading;
}

}  // namespace provider_host::chaos
