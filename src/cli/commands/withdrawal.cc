#include "cli/commands/withdrawal.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace provider_host::cli {

void withdraw_all(std::span<const Pending> calls) {
  constexpr std::chrono::seconds kLimit{5};
  constexpr std::chrono::milliseconds kPoll{1};
  for (const Pending& call : calls) call.withdraw();
  const auto until = std::chrono::steady_clock::now() + kLimit;
  const auto is_decided = [](const Pending& call) { return call.done() || call.running(); };
  // From the back, as the pool handles them in their order: mostly the first look tells of all.
  while (!std::all_of(calls.rbegin(), calls.rend(), is_decided) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace provider_host::cli
