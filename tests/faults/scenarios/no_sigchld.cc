#include <provider_host/pool.h>

#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "faults/load.h"
#include "faults/scenarios/scenarios.h"

namespace provider_host::chaos {
namespace {

// SIGCHLD is ignored as long as this lives: the kernel reaps children by itself.
class NoSigchld {
 public:
  NoSigchld() : before_(std::signal(SIGCHLD, SIG_IGN)) {}
  ~NoSigchld() { std::signal(SIGCHLD, before_); }
  NoSigchld(const NoSigchld&) = delete;
  NoSigchld& operator=(const NoSigchld&) = delete;

 private:
  void (*before_)(int);
};

std::vector<std::string> see_crashes(PoolOptions options) {
  Pool pool(std::move(options));
  std::vector<std::string> violations;
  for (int i = 0; i < 3; ++i) {
    const Outcome crash = pool.call(Call::api_call("x", {{"do", "vanishes"}}));
    if (crash || crash.error().kind != ErrorKind::kHostCrashed) violations.emplace_back("a crash was not seen");
    const Outcome fine = pool.call_api("x");
    if (!fine) violations.push_back("after a crash: " + fine.error().message);
  }
  for (std::string& fault : violations_when_idle(pool)) violations.push_back(std::move(fault));
  return violations;
}

}  // namespace

void pools_without_sigchld(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  const NoSigchld ignored;
  std::vector<std::string> violations;
  for (const int concurrency : {1, 4}) {
    PoolOptions options = hostile_pool(settings);
    options.concurrency = concurrency;
    try {
      for (std::string& violation : see_crashes(std::move(options))) violations.push_back(std::move(violation));
    } catch (const std::exception& error) {
      violations.emplace_back(error.what());
    }
  }
  outcomes.add_injected("no-sigchld", 2);
  invariants.add("no-sigchld: pools start, see crashes and go on where SIGCHLD is ignored", std::move(violations),
                 "2 pools");
}

}  // namespace provider_host::chaos
