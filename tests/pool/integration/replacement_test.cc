// Replacements of hosts that are to be recycled, which are lost while they wait for their turn.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "helpers/gate.h"
#include "helpers/platform.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

class Replacements : public ChildPool {
 protected:
  /// Its host has the call when this returns, and responds once gate_ is opened. Join the thread for the outcome.
  std::thread begin_slow_call(Pool& pool, Outcome& outcome) {
    std::thread caller([&] { outcome = pool.call(echo_call("gate")); });
    log_.wait_for("got [\"gate\"]");
    return caller;
  }

  /// Returns its pid.
  std::string let_the_replacement_in() {
    start_.open();
    const std::string line = log_.wait_for("the replacement is ready");
    return line.substr(line.find_last_of(' ') + 1);
  }

  const Gate start_{script().string() + ".start"};
  const Gate gate_{script()};
  PoolOptions options_ = options_for("replacement_failures");
};

class ReplacementFailures : public Replacements, public testing::WithParamInterface<const char*> {
 protected:
  ReplacementFailures() {
    std::ofstream(script().string() + ".failure") << GetParam();
    // Two calls for each host; the first one's replacement is started after the first call.
    options_.max_calls_per_host = 2;
  }

  const Gate failure_gate_{script().string() + ".failure"};
};

INSTANTIATE_TEST_SUITE_P(Pool, ReplacementFailures,
                         testing::Values("exits", "is_killed", "sends_rubbish", "sends_rubbish_on_control",
                                         "sends_rubbish_and_exits", "closes_its_channel"),
                         [](const auto& parameter) { return std::string(parameter.param); });

// If the slow call had to queue, its host was replaced while it ran, and the replacement is lost in service.
TEST_P(ReplacementFailures, WhileItWaitsCostNoCall) {
  Pool pool(options_);
  const int old = pool.call(echo_call("a")).pid;
  Outcome slow;
  std::thread caller = begin_slow_call(pool, slow);
  const std::string lost = let_the_replacement_in();
  failure_gate_.open();
  log_.wait_for("(pid " + lost + ")");
  gate_.open();
  caller.join();
  ASSERT_TRUE(slow) << slow.error();
  EXPECT_EQ(slow.pid, old);
  for (int i = 0; i < 6; ++i) {
    const Outcome next = pool.call(echo_call("next"));
    ASSERT_TRUE(next) << next.error();
    EXPECT_NE(std::to_string(next.pid), lost);
  }
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.failed, 0U);
  if (log_.has("the replacement of a host")) {
    EXPECT_EQ(stats.restarts_by_cause.size(), 1U) << "it was never in service";
  }
  pool.shutdown(0);
}

TEST_P(ReplacementFailures, AsTheOldHostCrashesPutNoLostHostInService) {
  Pool pool(options_);
  const int old = pool.call(echo_call("a")).pid;
  Outcome slow;
  std::thread caller = begin_slow_call(pool, slow);
  let_the_replacement_in();
  failure_gate_.open();
  ::kill(old, SIGKILL);
  caller.join();
  EXPECT_EQ(kind_of(slow), ErrorKind::kHostCrashed);
  for (int i = 0; i < 3; ++i) {
    const Outcome next = pool.call(echo_call("next"));
    // A replacement that is lost only after it got the slot, and with it the call, is a crash like any other.
    if (!next) {
      EXPECT_THAT(next.error().kind, testing::AnyOf(ErrorKind::kHostCrashed, ErrorKind::kProtocolError));
    }
  }
  pool.shutdown(0);
  EXPECT_EQ(pool.stats().hosts.at(0).in_flight, 0);
}

// How often the other threads of this process have gone to sleep.
long sleeps_of_others() {
  long sleeps = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(::gettid())) continue;
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;) {
      if (word != "voluntary_ctxt_switches:") continue;
      status >> word;
      sleeps += std::stol(word);
    }
  }
  return sleeps;
}

// A blocking call talks to an idle host by itself. What happened to the host before it must not have each call wake the
// pool's thread.
TEST_F(Replacements, ThatFollowACrashServeCallersDirectly) {
  NEEDS_LINUX("the memory of processes is not known");
  constexpr int kCalls = 500;
  options_.max_rss = std::size_t{128} << 20;
  Pool pool(options_);
  const int old = pool.call(echo_call("grow")).pid;
  Outcome slow;
  std::thread caller = begin_slow_call(pool, slow);
  const std::string replacement = let_the_replacement_in();
  ::kill(old, SIGKILL);
  caller.join();
  EXPECT_EQ(kind_of(slow), ErrorKind::kHostCrashed);
  ASSERT_EQ(std::to_string(pool.call(echo_call("x")).pid), replacement);
  const long before = sleeps_of_others();
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(pool.call(echo_call("x")).ok());
  EXPECT_LT(sleeps_of_others() - before, kCalls / 2);
}

}  // namespace
}  // namespace provider_host
