#include <provider_host/pool.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "faults/scenarios/scenarios.h"
#include "helpers/recording_sink.h"

namespace provider_host::chaos {
namespace {

constexpr int kCrashes = 5;

// A host that kills itself at every call.
Call crashing_call() { return Call::api_call("x", {{"do", "vanishes"}}); }

std::string text_of(const Outcome& outcome) {
  return outcome ? "ok" : std::string(to_string(outcome.error().kind)) + ": " + outcome.error().message;
}

// Crashes until the breaker opens, and checks when it did and what callers are told.
std::vector<std::string> open_it(Pool& pool, double& retry_after) {
  std::vector<std::string> violations;
  const auto expect_crash = [&violations](const Outcome& outcome) {
    if (outcome || outcome.error().kind != ErrorKind::kHostCrashed) violations.push_back(text_of(outcome));
  };
  for (int i = 1; i < kCrashes; ++i) expect_crash(pool.call(crashing_call()));
  // The next call waits when the breaker opens. One that came half a second later would be let through, to see whether
  // the cause is gone.
  std::vector<TaggedCall> last;
  last.push_back({crashing_call(), 0});
  last.push_back({Call::api_call("refused"), 1});
  const std::vector<Pending> calls = pool.submit_many(std::move(last), std::make_shared<RecordingSink>());
  expect_crash(calls[0].get());
  const Outcome& refused = calls[1].get();
  if (refused || refused.error().kind != ErrorKind::kPoolUnavailable) {
    violations.push_back("after " + std::to_string(kCrashes) + " crashes a call got " + text_of(refused));
  } else if (refused.error().last_error.empty() || !refused.error().retry_after) {
    violations.emplace_back("pool_unavailable does not say why or until when");
  } else {
    retry_after = *refused.error().retry_after;
  }
  return violations;
}

}  // namespace

void breaker_opens_and_closes(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  PoolOptions options = hostile_pool(settings);
  options.workers = 1;
  options.concurrency = 1;
  options.max_consecutive_crashes = kCrashes;
  Pool pool(std::move(options));
  double retry_after = 0;
  std::vector<std::string> violations = open_it(pool, retry_after);
  const auto start = std::chrono::steady_clock::now();
  Outcome outcome = pool.call_api("again");
  while (!outcome && std::chrono::steady_clock::now() - start < std::chrono::seconds(30)) {
    std::this_thread::sleep_for(std::chrono::duration<double>(outcome.error().retry_after.value_or(0.1)));
    outcome = pool.call_api("again");
  }
  if (!outcome) violations.push_back("it did not close: " + text_of(outcome));
  outcomes.add_injected("breaker", kCrashes);
  invariants.add("breaker: opens after so many crashes, says so, and closes", std::move(violations),
                 "retry after " + std::to_string(retry_after) + " s");
}

}  // namespace provider_host::chaos
