// A call on its caller's own thread, beside a reactor that does not run.
#include "pool/fast_path.h"

#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "children/child_host.h"
#include "platform/pipes.h"

namespace provider_host::internal {
namespace {

using Result = FastPath::Result;
using Unfinished = HostLeases::Unfinished;

class FastPathTest : public ::testing::Test {
 protected:
  void publish() { leases_.publish(1, 4711, channel_, std::numeric_limits<std::uint64_t>::max()); }
  CallPtr make(const CallLimits& limits = {}) {
    return std::make_shared<CallState>(1, Submission{.call = Call::api_call("x")}, limits, Clock::now(), nullptr);
  }
  /// The host says this whenever it is asked.
  void will_say(std::string_view payload) const { host_.write_frame(payload); }
  std::optional<HostLeases::Transfer> transferred() {
    auto returned = leases_.first_returned();
    return returned ? std::move(returned->transfer) : std::nullopt;
  }

  platform::Ends ends_ = platform::make_socketpair();
  CallChannel channel_{std::move(ends_.ours), 1 << 20};
  child::Channel host_{ends_.theirs.get()};
  Reactor reactor_;
  HostLeases leases_{1, reactor_};
  Metrics metrics_{1};
  Cancellations cancellations_;
  FastPath path_{reactor_, leases_, metrics_, cancellations_};
  Outcome outcome_;
};

TEST_F(FastPathTest, DoesNothingWithoutAnIdleHost) {
  EXPECT_EQ(path_.run(make(), nullptr, outcome_), Result::kNoHost);
  EXPECT_EQ(metrics_.stats(false).submitted, 0U);
}

TEST_F(FastPathTest, SettlesACallAndGivesTheChannelBack) {
  publish();
  will_say(R"({"type":"result","id":1,"result":42})");
  EXPECT_EQ(path_.run(make(), nullptr, outcome_), Result::kSettled);
  EXPECT_EQ(outcome_.json(), "42");
  EXPECT_EQ(outcome_.pid, 4711);
  EXPECT_THAT(*host_.read_frame(), ::testing::HasSubstr(R"("id":1)"));
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_EQ(metrics_.stats(false).succeeded, 1U);
}

TEST_F(FastPathTest, LeavesACallWhoseTimeIsUpToTheReactor) {
  publish();
  EXPECT_EQ(path_.run(make({.timeout = 0.001}), nullptr, outcome_), Result::kTransferred);
  ASSERT_TRUE(transferred());
  EXPECT_EQ(transferred()->how, Unfinished::kTimeUp);
}

TEST_F(FastPathTest, LeavesACallOfAHostThatIsGoneToTheReactor) {
  publish();
  ends_.theirs.reset();
  EXPECT_EQ(path_.run(make(), nullptr, outcome_), Result::kTransferred);
  EXPECT_EQ(transferred()->how, Unfinished::kEnded);
}

TEST_F(FastPathTest, TellsTheReactorHowTheHostBrokeTheProtocol) {
  publish();
  will_say(R"({"type":"result","id":7,"result":42})");
  EXPECT_EQ(path_.run(make(), nullptr, outcome_), Result::kTransferred);
  EXPECT_EQ(transferred()->how, Unfinished::kViolation);
  EXPECT_FALSE(transferred()->violation.empty());
}

TEST_F(FastPathTest, AnItemOfAPlainCallIsAViolation) {
  publish();
  will_say(R"({"type":"item","id":1,"item":42})");
  EXPECT_EQ(path_.run(make(), nullptr, outcome_), Result::kTransferred);
  EXPECT_EQ(transferred()->violation, "an item of a call that is no stream");
}

TEST_F(FastPathTest, DropsALateItemOfAnotherCall) {
  publish();
  const auto second =
      std::make_shared<CallState>(2, Submission{.call = Call::api_call("x")}, CallLimits{}, Clock::now(), nullptr);
  will_say(R"({"type":"item","id":1,"item":42})");
  will_say(R"({"type":"result","id":2,"result":43})");
  EXPECT_EQ(path_.run(second, nullptr, outcome_), Result::kSettled);
  EXPECT_EQ(outcome_.json(), "43");
}

TEST_F(FastPathTest, LeavesACallToTheReactorWhenItsCallerIsInterrupted) {
  publish();
  EXPECT_EQ(path_.run(
                make(), [] { return true; }, outcome_),
            Result::kInterrupted);
  EXPECT_EQ(transferred()->how, Unfinished::kInterrupted);
}

TEST_F(FastPathTest, ACallerThatWaitsForThePoolInsideItsCallLeavesThatToTheReactor) {
  publish();
  int asked = 0;
  const auto interrupted = [&] {
    if (asked++ == 0) path_.leave_exchanges();
    return false;
  };
  EXPECT_EQ(path_.run(make(), interrupted, outcome_), Result::kTransferred);
  EXPECT_EQ(transferred()->how, Unfinished::kLeft);
}

}  // namespace
}  // namespace provider_host::internal
