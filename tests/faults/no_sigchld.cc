#include <provider_host/pool.h>

#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "faults/load.h"
#include "faults/scenarios.h"

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
  std::vector<std::string> complaints;
  for (int i = 0; i < 3; ++i) {
    const Outcome crash = pool.call(Call::api_call("x", {{"do", "vanishes"}}));
    if (crash || crash.error().kind != ErrorKind::kHostCrashed) complaints.emplace_back("a crash was not seen");
    const Outcome fine = pool.call_api("x");
    if (!fine) complaints.push_back("after a crash: " + fine.error().message);
  }
  for (std::string& fault : faults_at_rest(pool)) complaints.push_back(std::move(fault));
  return complaints;
}

}  // namespace

void pools_without_sigchld(const Settings& settings, Tally& tally, Findings& findings) {
  const NoSigchld ignored;
  std::vector<std::string> complaints;
  for (const int concurrency : {1, 4}) {
    PoolOptions options = hostile_pool(settings);
    options.concurrency = concurrency;
    try {
      for (std::string& complaint : see_crashes(std::move(options))) complaints.push_back(std::move(complaint));
    } catch (const std::exception& error) {
      complaints.emplace_back(error.what());
    }
  }
  tally.add_injected("no-sigchld", 2);
  findings.add("no-sigchld: pools start, see crashes and go on where SIGCHLD is ignored", std::move(complaints),
               "2 pools");
}

}  // namespace provider_host::chaos
