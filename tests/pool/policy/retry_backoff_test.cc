#include "pool/policy/retry_backoff.h"

#include <gtest/gtest.h>

#include <memory>

namespace provider_host::internal {
namespace {

struct Backoff {
  TimerQueue timers{[] { return TimePoint(); }};
  RetryBackoff calls{timers};
  int retries = 0;

  static CallPtr make(std::uint64_t id) {
    return std::make_shared<CallState>(id, Submission{.call = Call::api_call("x")}, CallLimits{}, TimePoint{}, nullptr);
  }
  void add(const CallPtr& call, double after) {
    calls.add(call, TimePoint() + seconds(after), [this, call] {
      ++retries;
      calls.remove(*call);
    });
  }
};

TEST(RetryBackoff, RunsACallAgainWhenItIsTime) {
  Backoff backoff;
  const CallPtr call = Backoff::make(1);
  backoff.add(call, 5);
  backoff.timers.run_due(TimePoint() + seconds(4));
  EXPECT_TRUE(backoff.calls.contains(*call));
  backoff.timers.run_due(TimePoint() + seconds(5));
  EXPECT_EQ(backoff.retries, 1);
  EXPECT_TRUE(backoff.calls.empty());
}

TEST(RetryBackoff, ForgetsACallThatIsRemoved) {
  Backoff backoff;
  const CallPtr call = Backoff::make(1);
  backoff.add(call, 5);
  backoff.calls.remove(*call);
  EXPECT_EQ(backoff.timers.size(), 0U);
  backoff.timers.run_due(TimePoint() + seconds(5));
  EXPECT_EQ(backoff.retries, 0);
}

TEST(RetryBackoff, NamesItsCallsTheOldestFirst) {
  Backoff backoff;
  backoff.add(Backoff::make(2), 1);
  backoff.add(Backoff::make(1), 2);
  ASSERT_EQ(backoff.calls.size(), 2U);
  EXPECT_EQ(backoff.calls.calls().front()->id, 1U);
}

}  // namespace
}  // namespace provider_host::internal
