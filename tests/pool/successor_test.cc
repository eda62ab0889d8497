// Replacements of hosts that are to be recycled, which are lost while they wait for their turn.
#include <csignal>
#include <thread>

#include "pool/child_pool.h"
#include "pool/gate.h"

namespace provider_host {
namespace {

class SuccessorFaults : public ChildPool, public testing::WithParamInterface<const char*> {
 protected:
  SuccessorFaults() {
    std::ofstream(script().string() + ".fault") << GetParam();
    // Two calls for each host; the first one's successor is started after the first call.
    options_ = options_for("successor_faults");
    options_.max_calls_per_host = 2;
  }

  /// Returns its pid.
  std::string let_the_successor_in() {
    start_.open();
    const std::string line = log_.wait_for("the successor is ready");
    return line.substr(line.find_last_of(' ') + 1);
  }

  const Gate start_{script().string() + ".start"};
  const Gate fault_{script().string() + ".fault"};
  const Gate gate_{script()};
  PoolOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Pool, SuccessorFaults,
                         testing::Values("exits", "is_killed", "sends_rubbish", "sends_rubbish_on_control",
                                         "sends_rubbish_and_exits", "closes_its_channel"),
                         [](const auto& parameter) { return std::string(parameter.param); });

// If the slow call had to queue, its host was replaced while it ran, and the successor is lost in service.
TEST_P(SuccessorFaults, WhileItWaitsCostNoCall) {
  Pool pool(options_);
  const int old = pool.call(echo_call("a")).pid;
  Outcome slow;
  std::thread caller([&] { slow = pool.call(echo_call("gate")); });
  log_.wait_for("got [\"gate\"]");
  const std::string lost = let_the_successor_in();
  fault_.open();
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
  if (log_.has("the successor of a host")) {
    EXPECT_EQ(stats.restarts_by_cause.size(), 1U) << "it was never in service";
  }
  pool.shutdown(0);
}

TEST_P(SuccessorFaults, AsTheOldHostCrashesPutNoLostHostInService) {
  Pool pool(options_);
  const int old = pool.call(echo_call("a")).pid;
  Outcome slow;
  std::thread caller([&] { slow = pool.call(echo_call("gate")); });
  log_.wait_for("got [\"gate\"]");
  let_the_successor_in();
  fault_.open();
  ::kill(old, SIGKILL);
  caller.join();
  EXPECT_EQ(kind_of(slow), ErrorKind::kHostCrashed);
  for (int i = 0; i < 3; ++i) {
    const Outcome next = pool.call(echo_call("next"));
    // A successor that is lost only after it got the slot, and with it the call, is a crash like any other.
    if (!next) {
      EXPECT_THAT(next.error().kind, testing::AnyOf(ErrorKind::kHostCrashed, ErrorKind::kProtocolError));
    }
  }
  pool.shutdown(0);
  EXPECT_EQ(pool.stats().hosts.at(0).in_flight, 0);
}

}  // namespace
}  // namespace provider_host
