// A pool that grows with its calls, and shrinks without them.
#include "pool/scaler.h"

#include <gmock/gmock.h>

#include <csignal>
#include <utility>
#include <vector>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ScalerTest : public EngineFixture {
 protected:
  ScalerTest() {
    options_.concurrency = 1;
    options_.workers = {1, 3};
    options_.idle_timeout = 10;
  }

  std::vector<CallPtr> submit_many(int calls) {
    std::vector<CallPtr> made;
    for (int i = 0; i < calls; ++i) made.push_back(submit());
    return made;
  }
  CallPtr submit_for(const std::string& key) {
    Call call = Call::api_call("x");
    call.affinity = key;
    auto state =
        std::make_shared<CallState>(++last_id_, Submission{.call = std::move(call)}, CallLimits{}, now_, nullptr);
    EXPECT_FALSE(parts_->queue.push(state, {}));
    return state;
  }
  /// Starts, and grows to this many hosts, which are ready and have nothing to do.
  void start_with(int hosts) {
    start_ready();
    if (hosts == 1) return;
    const std::vector<CallPtr> calls = submit_many(hosts);
    turn(0.1);
    ASSERT_EQ(hosts_.size(), static_cast<std::size_t>(hosts));
    for (std::size_t i = 1; i < hosts_.size(); ++i) hosts_.at(i)->ready();
    serve(calls);
  }
  /// Hosts respond to what they have until all of these have settled.
  void serve(const std::vector<CallPtr>& calls) {
    for (const CallPtr& call : calls) {
      for (int i = 0; i < 10 && !call->settled(); ++i) {
        turn();
        for (const auto& host : hosts_) {
          if (!host->has_exited() && host->has_message()) host->respond(host->take_call(), "1");
        }
      }
      EXPECT_TRUE(call->wait().ok());
    }
    turn();
  }
  std::vector<int> numbers() {
    std::vector<int> numbers;
    for (const HostStats& host : stats().hosts) numbers.push_back(host.number);
    return numbers;
  }
};

TEST_F(ScalerTest, GrowsToWhatCallsNeedOnceTheyHaveWaited) {
  start_ready();
  submit_many(5);
  turn(0.01);
  EXPECT_EQ(hosts_.size(), 1U);
  turn(0.02);
  EXPECT_EQ(hosts_.size(), 3U);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
}

TEST_F(ScalerTest, DoesNotGrowForCallsThatSoonHaveTheirTurn) {
  start_ready();
  for (int i = 0; i < 10; ++i) {
    submit_many(3);
    turn();
    for (int call = 0; call < 3; ++call) {
      hosts_.at(0)->respond(hosts_.at(0)->take_call(), "1");
      turn(0.005);
    }
  }
  EXPECT_EQ(hosts_.size(), 1U);
}

TEST_F(ScalerTest, HostsThatAreStartingCount) {
  options_.workers = {1, 8};
  start_ready();
  submit_many(3);
  turn(5);
  EXPECT_EQ(hosts_.size(), 3U);
  submit();
  turn(5);
  EXPECT_EQ(hosts_.size(), 4U);
}

TEST_F(ScalerTest, AHostTakesAsManyCallsAsItsConcurrency) {
  options_.concurrency = 2;
  start_ready();
  submit_many(4);
  turn(1);
  EXPECT_EQ(hosts_.size(), 2U);
}

TEST_F(ScalerTest, DoesNotGrowBeforeTheImportHasSucceeded) {
  start();
  submit_many(3);
  turn(5);
  EXPECT_EQ(hosts_.size(), 1U);
  hosts_.at(0)->ready();
  turn(1);
  EXPECT_EQ(hosts_.size(), 3U);
}

TEST_F(ScalerTest, CallsOfOneKeyNeedNoOtherHost) {
  start_ready();
  for (int i = 0; i < 5; ++i) submit_for("a");
  turn(5);
  EXPECT_EQ(hosts_.size(), 1U);
  submit_for("b");
  turn(5);
  EXPECT_EQ(hosts_.size(), 2U);
}

TEST_F(ScalerTest, TakesASpareToGrow) {
  options_.spares = 1;
  start_ready();
  hosts_.at(1)->ready();
  submit_many(2);
  turn(0.1);
  EXPECT_TRUE(hosts_.at(1)->has_message());
  EXPECT_EQ(hosts_.size(), 3U) << "there is a new spare";
}

TEST_F(ScalerTest, StopsHostsThatHaveHadNoCall) {
  start_with(3);
  turn(8);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
  turn(8);
  EXPECT_THAT(numbers(), ElementsAre(1));
  for (const std::size_t surplus : {1U, 2U}) {
    EXPECT_TRUE(hosts_.at(surplus)->is_told_to_end());
    EXPECT_THAT(hosts_.at(surplus)->signals(), IsEmpty());
    hosts_.at(surplus)->exit({{}, 0});
  }
  turn(100);
  EXPECT_EQ(hosts_.size(), 3U);
  EXPECT_THAT(stats().restarts_by_cause, IsEmpty());
  serve({submit()});
}

TEST_F(ScalerTest, AWorkerThatComesBackHasNotRestarted) {
  start_with(2);
  turn(20);
  ASSERT_THAT(numbers(), ElementsAre(1));
  const std::vector<CallPtr> calls = submit_many(2);
  turn(0.1);
  ASSERT_EQ(hosts_.size(), 3U);
  hosts_.at(2)->ready();
  serve(calls);
  EXPECT_THAT(numbers(), ElementsAre(1, 2));
  EXPECT_EQ(stats().restarts, 0U);
  EXPECT_EQ(stats().hosts.at(1).calls, 2U) << "of both processes";
}

TEST_F(ScalerTest, GoesToZeroAndTheNextCallStartsOneAtOnce) {
  options_.workers = {0, 2};
  start_with(1);
  turn(20);
  EXPECT_TRUE(hosts_.at(0)->is_told_to_end());
  EXPECT_THAT(numbers(), IsEmpty());
  hosts_.at(0)->exit({{}, 0});
  const CallPtr call = submit();
  turn();
  ASSERT_EQ(hosts_.size(), 2U);
  EXPECT_THAT(numbers(), ElementsAre(1));
  hosts_.at(1)->ready();
  serve({call});
}

TEST_F(ScalerTest, KeepsAHostWhoseCallTakesLong) {
  options_.workers = {0, 2};
  start_with(1);
  const CallPtr call = submit();
  turn(100);
  EXPECT_FALSE(hosts_.at(0)->is_told_to_end());
  serve({call});
  turn(8);
  EXPECT_FALSE(hosts_.at(0)->is_told_to_end());
  turn(8);
  EXPECT_TRUE(hosts_.at(0)->is_told_to_end());
}

TEST_F(ScalerTest, KeepsAHostThatACallerHas) {
  options_.workers = {0, 1};
  start_with(1);
  const CallPtr call = make();
  ASSERT_NE(parts_->leases.acquire(*call), nullptr);
  turn(100);
  EXPECT_THAT(numbers(), ElementsAre(1));
  parts_->leases.release(*call);
  turn(5);
  EXPECT_THAT(numbers(), ElementsAre(1));
  turn(10);
  EXPECT_THAT(numbers(), IsEmpty());
  EXPECT_EQ(parts_->leases.acquire(*make()), nullptr);
}

TEST_F(ScalerTest, KeepsAHostThatStarts) {
  options_.workers = {0, 1};
  start();
  turn(100);
  EXPECT_THAT(hosts_.at(0)->signals(), IsEmpty());
  hosts_.at(0)->ready();
  turn();
  EXPECT_THAT(numbers(), ElementsAre(1));
}

TEST_F(ScalerTest, ReplacesAHostThatCrashes) {
  options_.workers = {0, 2};
  start_with(1);
  const CallPtr call = submit();
  turn();
  hosts_.at(0)->take_call();
  hosts_.at(0)->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn(20);
  EXPECT_TRUE(hosts_.at(1)->is_told_to_end());
  EXPECT_EQ(stats().restarts, 1U) << "it still counts";
}

TEST_F(ScalerTest, DoesNotGrowWhileTheBreakerIsOpen) {
  options_.max_consecutive_crashes = 1;
  start_with(1);
  const std::vector<CallPtr> calls = submit_many(4);
  turn();
  hosts_.at(0)->take_call();
  hosts_.at(0)->exit({SIGSEGV, {}});
  turn(0.3);
  for (const CallPtr& call : calls) EXPECT_TRUE(call->settled());
  EXPECT_EQ(hosts_.size(), 1U);
}

TEST_F(ScalerTest, AWorkerThatWaitsForTheBreakerIsGivenUpToo) {
  options_.workers = {0, 2};
  options_.max_consecutive_crashes = 1;
  start_with(1);
  hosts_.at(0)->exit({SIGSEGV, {}});
  turn(100);
  EXPECT_THAT(numbers(), IsEmpty());
  const CallPtr call = submit();
  turn();
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  serve({call});
}

// Its code ends only when the worker has no host any more.
TEST_F(ScalerTest, AHostThatComesBackTooLateEnds) {
  options_.workers = {0, 1};
  options_.interrupt_grace = 1000;
  start_with(1);
  const CallPtr call = submit({.timeout = 1});
  turn();
  const std::string id = hosts_.at(0)->take_call();
  turn(3);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn(20);
  ASSERT_THAT(numbers(), IsEmpty());
  hosts_.at(0)->respond(id, "1");
  turn();
  EXPECT_TRUE(hosts_.at(0)->is_told_to_end());
}

TEST_F(ScalerTest, ACallThatComesAtZeroIsServedBeforeThePoolEnds) {
  options_.workers = {0, 2};
  start_with(1);
  turn(20);
  hosts_.at(0)->exit({{}, 0});
  turn();
  const CallPtr call = submit();
  close(100);
  turn();
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  serve({call});
  EXPECT_TRUE(phase().is_stopping());
}

TEST_F(ScalerTest, EndsWithHostsThatAreBeingStopped) {
  start_with(3);
  turn(20);
  close(100);
  turn();
  EXPECT_TRUE(phase().is_stopping());
  EXPECT_FALSE(parts_->engine.is_done());
  for (const auto& host : hosts_) host->exit({{}, 0});
  turn();
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(ScalerTest, AFixedPoolDoesNothing) {
  options_.workers = 2;
  start();
  turn();
  for (const auto& host : hosts_) host->ready();
  submit_many(5);
  turn(100);
  EXPECT_EQ(hosts_.size(), 2U);
  EXPECT_THAT(numbers(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace provider_host::internal
