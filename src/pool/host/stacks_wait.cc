#include "pool/host/stacks_wait.h"

#include <algorithm>
#include <utility>

namespace provider_host::internal {
namespace {

// How often the host is looked at after the first wait; seconds.
constexpr double kStep = 0.1;

void wait_on(Host& host, Timer& timer, double step, double rest, std::function<void()> give_up) {
  timer.arm_after(step, [&host, &timer, rest, give_up = std::move(give_up)] {
    if (rest > 0 && host.wants_to_run()) return wait_on(host, timer, std::min(kStep, rest), rest - kStep, give_up);
    host.read_stacks();  // they may be there by now
    give_up();
  });
}

}  // namespace

void await_stacks(Host& host, Timer& timer, StacksWait wait, std::function<void()> give_up) {
  wait_on(host, timer, wait.first, wait.most - wait.first, std::move(give_up));
}

}  // namespace provider_host::internal
