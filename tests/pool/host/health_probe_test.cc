// How long the probes of a host have been open.
#include "pool/host/health_probe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "platform/shared_memory.h"

namespace provider_host::internal {
namespace {

class HealthProbeTest : public testing::Test {
 protected:
  HealthProbeTest() { host().in_use = wire::CrashRecord::kInUse; }

  // The host's side.
  wire::CrashRecord& host() { return static_cast<wire::HostMemory*>(memory_.data())->record; }
  void respond(std::uint64_t probe) {
    host().probes_seen = probe;
    host().gil_responded = probe;
  }
  std::uint64_t send() { return probe_.next(now_); }
  void pass(double seconds) { now_ += internal::seconds(seconds); }
  HostHealth health() { return probe_.health(now_); }

 private:
  Fd file_ = platform::make_shared_memory(sizeof(wire::HostMemory), wire::HostMemory::kLeast);
  platform::SharedMemory memory_ = platform::SharedMemory::map(file_.get(), sizeof(wire::HostMemory));
  HealthProbe probe_{platform::SharedMemory::map(file_.get(), sizeof(wire::HostMemory))};
  TimePoint now_{std::chrono::hours(1)};
};

TEST_F(HealthProbeTest, AProbeThatWasJustSentWaitsForTheGil) {
  send();
  pass(0.4);
  EXPECT_EQ(health().process, "alive");
  EXPECT_FALSE(health().gil_taken);
  EXPECT_NEAR(health().gil_ms.value_or(0), 400, 1);
}

TEST_F(HealthProbeTest, AControlThreadIsSilentAfterHalfASecondAndStaysSoAtTheNextProbe) {
  respond(send());
  pass(10);
  send();
  pass(0.6);
  EXPECT_EQ(health().process, "silent");
  pass(8.9);
  const auto last = send();
  EXPECT_EQ(health().process, "silent") << "the time does not begin anew";
  respond(last);
  EXPECT_EQ(health().process, "alive");
  pass(10);
  send();
  EXPECT_EQ(health().process, "alive");
}

TEST_F(HealthProbeTest, AGilThatIsHeldCountsFromTheFirstProbeThatWaits) {
  host().probes_seen = send();
  pass(10);
  send();
  pass(0.1);
  EXPECT_EQ(health().process, "alive") << "the control thread has responded to the first one";
  EXPECT_NEAR(health().gil_ms.value_or(0), 10'100, 1);
}

TEST_F(HealthProbeTest, ALoopThatStandsStillDoesNotMakeTheGilLate) {
  const auto first = send();
  host().loop_probed = first;
  respond(first);
  pass(10);
  const auto second = send();
  EXPECT_NEAR(health().gil_ms.value_or(-1), 0, 1);
  host().loop_probed = second;
  respond(second);
  EXPECT_TRUE(health().gil_taken);
  EXPECT_FALSE(health().loop_turned);
  EXPECT_NEAR(health().loop_ms.value_or(0), 10'000, 1);
  host().loop_responded = second;
  EXPECT_TRUE(health().loop_turned);
}

}  // namespace
}  // namespace provider_host::internal
