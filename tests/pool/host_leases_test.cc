#include "pool/host_leases.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace provider_host::internal {
namespace {

constexpr auto kAlways = std::numeric_limits<std::uint64_t>::max();

// Two workers with channels that lead nowhere.
class HostLeasesTest : public ::testing::Test {
 protected:
  HostLeasesTest() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    channel_ = std::make_unique<CallChannel>(Fd(fds[0]), 1024);
    other_channel_ = std::make_unique<CallChannel>(Fd(), 1024);
    host_end_ = Fd(fds[1]);
  }
  static CallPtr make_call() {
    return std::make_shared<CallState>(1, Submission{.call = Call::api_call("x")}, CallLimits{}, TimePoint{}, nullptr);
  }
  void publish(std::uint64_t calls = kAlways) { leases_.publish(1, 4711, *channel_, calls); }
  void publish_other() { leases_.publish(2, 4712, *other_channel_, kAlways); }
  [[nodiscard]] bool is_cut() const {
    char byte = 0;
    return ::recv(host_end_.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  Reactor reactor_;
  HostLeases leases_{2, reactor_};
  std::unique_ptr<CallChannel> channel_;
  std::unique_ptr<CallChannel> other_channel_;
  Fd host_end_;
  const CallPtr call_ = make_call();
};

TEST_F(HostLeasesTest, GiveOutIdleHostsOnlyAndOnce) {
  EXPECT_EQ(leases_.acquire(*call_), nullptr) << "it is the reactor's at first";
  publish();
  EXPECT_EQ(leases_.acquire(*call_), channel_.get());
  EXPECT_EQ(call_->host, 1);
  EXPECT_EQ(call_->pid, 4711);
  EXPECT_EQ(leases_.leased(), 1U);
  EXPECT_EQ(leases_.acquire(*make_call()), nullptr);
  leases_.release(*call_);
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_NE(leases_.acquire(*call_), nullptr);
}

TEST_F(HostLeasesTest, ComeBackAfterAsManyCallsAsWereGranted) {
  publish(2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(leases_.has_reactor(1));
    ASSERT_NE(leases_.acquire(*call_), nullptr);
    leases_.release(*call_);
  }
  EXPECT_TRUE(leases_.has_reactor(1));
  EXPECT_EQ(leases_.acquire(*call_), nullptr);
}

TEST_F(HostLeasesTest, ComeBackAtOnceWhenTheHostIsIdle) {
  publish();
  EXPECT_TRUE(leases_.withdraw(1));
  EXPECT_TRUE(leases_.withdraw(1));
  EXPECT_EQ(leases_.acquire(*call_), nullptr);
}

TEST_F(HostLeasesTest, ComeBackWhenTheCallerIsDoneThatHasTheHost) {
  publish();
  leases_.acquire(*call_);
  EXPECT_FALSE(leases_.withdraw(1));
  EXPECT_FALSE(is_cut());
  leases_.release(*call_);
  EXPECT_TRUE(leases_.has_reactor(1));
  publish();
  leases_.acquire(*call_);
  leases_.release(*call_);
  EXPECT_FALSE(leases_.has_reactor(1)) << "that request was for the lease before";
}

TEST_F(HostLeasesTest, EndTheChannelUnderACallerWhenTheyAreRevoked) {
  publish();
  EXPECT_TRUE(leases_.revoke(1));
  EXPECT_FALSE(is_cut());
  publish();
  leases_.acquire(*call_);
  EXPECT_FALSE(leases_.revoke(1));
  EXPECT_TRUE(is_cut());
}

TEST_F(HostLeasesTest, KeepATransferredCallUntilItIsAccepted) {
  publish();
  leases_.acquire(*call_);
  EXPECT_FALSE(leases_.first_returned());
  leases_.transfer(call_, HostLeases::Unfinished::kViolation, "how");
  EXPECT_FALSE(leases_.withdraw(1));
  for (int i = 0; i < 2; ++i) {
    const auto returned = leases_.first_returned();
    ASSERT_TRUE(returned && returned->transfer);
    EXPECT_EQ(returned->worker, 1);
    EXPECT_EQ(returned->transfer->call, call_);
    EXPECT_EQ(returned->transfer->violation, "how");
  }
  EXPECT_EQ(leases_.leased(), 1U);
  leases_.accept(1);
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_FALSE(leases_.first_returned());
  EXPECT_TRUE(leases_.has_reactor(1));
}

TEST_F(HostLeasesTest, GiveOutTheHostThatWasUsedLast) {
  publish();
  publish_other();
  const CallPtr other = make_call();
  leases_.acquire(*call_);
  leases_.acquire(*other);
  leases_.release(*other);
  leases_.release(*call_);
  EXPECT_EQ(leases_.acquire(*make_call()), call_->host == 1 ? channel_.get() : other_channel_.get());
}

TEST_F(HostLeasesTest, TellWhoseAChannelIsAndRecallALeasedOne) {
  using Holder = HostLeases::Holder;
  EXPECT_EQ(leases_.look_for(1), Holder::kReactor);
  publish();
  EXPECT_EQ(leases_.look_for(1), Holder::kNobody);
  EXPECT_FALSE(leases_.is_leased(1));
  leases_.acquire(*call_);
  EXPECT_TRUE(leases_.is_leased(1));
  EXPECT_EQ(leases_.look_for(1), Holder::kCaller);
  leases_.release(*call_);
  EXPECT_EQ(leases_.look_for(1), Holder::kReactor) << "it was asked for";
}

TEST_F(HostLeasesTest, TellTheReactorOnceOfAChannelThatComesBack) {
  publish(1);
  leases_.acquire(*call_);
  leases_.release(*call_);
  const auto returned = leases_.first_returned();
  ASSERT_TRUE(returned);
  EXPECT_EQ(returned->worker, 1);
  EXPECT_FALSE(returned->transfer);
  leases_.accept(1);
  EXPECT_FALSE(leases_.first_returned());
  EXPECT_TRUE(leases_.has_reactor(1));
}

class StreamLeasesTest : public HostLeasesTest {
 protected:
  /// A stream that has the host; its reader is away.
  CallPtr lease() {
    publish();
    Submission submission{.call = Call::api_call("x"), .mode = wire::CallMode::kStream};
    CallPtr stream = std::make_shared<CallState>(1, std::move(submission), CallLimits{}, TimePoint{}, nullptr);
    stream->items->turn.lease();
    EXPECT_EQ(leases_.acquire_stream(stream), channel_.get());
    stream->items->turn.end();
    return stream;
  }
  [[nodiscard]] bool has_come_back(const CallPtr& stream) {
    const auto returned = leases_.first_returned();
    return returned && returned->transfer && returned->transfer->call == stream &&
           returned->transfer->how == HostLeases::Unfinished::kLeft;
  }
};

TEST_F(StreamLeasesTest, AreOfIdleHostsOnlyAndEndAsThoseOfCalls) {
  const CallPtr stream = lease();
  EXPECT_EQ(stream->host, 1);
  EXPECT_TRUE(leases_.has_streams());
  EXPECT_EQ(leases_.leased(), 1U);
  EXPECT_EQ(leases_.acquire_stream(make_call()), nullptr);
  leases_.release(*stream);
  EXPECT_FALSE(leases_.has_streams());
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_NE(leases_.acquire(*call_), nullptr);
}

TEST_F(StreamLeasesTest, ComeBackWhenTheReaderIsAwayAndTheHostIsNeeded) {
  const std::vector<std::function<void()>> needs = {[&] { EXPECT_FALSE(leases_.withdraw(1)); },
                                                    [&] { EXPECT_FALSE(leases_.revoke(1)); },
                                                    [&] { leases_.look_for(1); }, [&] { leases_.take_over_streams(); }};
  for (const auto& need : needs) {
    const CallPtr stream = lease();
    need();
    EXPECT_TRUE(has_come_back(stream));
    EXPECT_TRUE(stream->items->turn.is_taken());
    EXPECT_FALSE(leases_.has_streams());
    EXPECT_FALSE(is_cut());
    EXPECT_EQ(leases_.leased(), 1U);
    leases_.accept(1);
    EXPECT_EQ(leases_.leased(), 0U);
    EXPECT_TRUE(leases_.has_reactor(1));
  }
}

TEST_F(StreamLeasesTest, StayWithAReaderThatReads) {
  const CallPtr stream = lease();
  ASSERT_TRUE(stream->items->turn.begin());
  EXPECT_FALSE(leases_.withdraw(1));
  leases_.take_over_streams();
  leases_.take_over_streams();
  EXPECT_FALSE(leases_.first_returned());
  EXPECT_FALSE(leases_.revoke(1));
  EXPECT_TRUE(is_cut()) << "that wakes it";
  leases_.transfer(stream, HostLeases::Unfinished::kEnded, {});
  EXPECT_FALSE(leases_.has_streams());
}

TEST_F(StreamLeasesTest, ComeBackAtTheEndOfTheStreamWhenTheHostWasNeeded) {
  const CallPtr stream = lease();
  ASSERT_TRUE(stream->items->turn.begin());
  leases_.withdraw(1);
  leases_.release(*stream);
  EXPECT_TRUE(leases_.has_reactor(1));
}

TEST_F(StreamLeasesTest, StayWithAReaderThatComesNowAndThen) {
  const CallPtr stream = lease();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(stream->items->turn.begin());
    stream->items->turn.end();
    leases_.take_over_streams();
    EXPECT_FALSE(leases_.first_returned());
  }
  leases_.take_over_streams();
  EXPECT_TRUE(has_come_back(stream));
}

TEST_F(StreamLeasesTest, AreNotTakenOverTwice) {
  const CallPtr stream = lease();
  leases_.withdraw(1);
  leases_.accept(1);
  leases_.take_over_streams();
  EXPECT_TRUE(leases_.withdraw(1));
  EXPECT_FALSE(leases_.first_returned());
}

TEST_F(StreamLeasesTest, ComeBackWhenTheStreamIsClosedWhileItsReaderIsAway) {
  const CallPtr stream = lease();
  EXPECT_TRUE(leases_.close_stream(stream));
  const auto returned = leases_.first_returned();
  ASSERT_TRUE(returned && returned->transfer);
  EXPECT_EQ(returned->transfer->how, HostLeases::Unfinished::kInterrupted);
  EXPECT_FALSE(leases_.close_stream(stream)) << "it is the reactor's";
}

TEST_F(StreamLeasesTest, AreNotThoseOfAClosedStreamThatIsReadOrHasNoHost) {
  const CallPtr stream = lease();
  ASSERT_TRUE(stream->items->turn.begin());
  EXPECT_FALSE(leases_.close_stream(stream));
  leases_.release(*stream);
  EXPECT_FALSE(leases_.close_stream(stream));
  EXPECT_FALSE(leases_.close_stream(make_call()));
  EXPECT_FALSE(leases_.first_returned());
}

// Otherwise a cancelled one would find no host that has it.
TEST_F(StreamLeasesTest, HaveComeBackOnceTheStreamIsTaken) {
  for (int i = 0; i < 1000; ++i) {
    const CallPtr stream = lease();
    std::thread other(i % 2 == 0 ? std::function<void()>([&] { leases_.close_stream(stream); })
                                 : std::function<void()>([&] { leases_.withdraw(1); }));
    while (!stream->items->turn.is_taken()) std::this_thread::yield();
    const auto returned = leases_.first_returned();
    EXPECT_TRUE(returned && returned->transfer);
    other.join();
    leases_.accept(1);
  }
}

TEST_F(HostLeasesTest, AreNoMoreOnceTheyAreClosed) {
  publish();
  leases_.acquire(*call_);
  leases_.close();
  leases_.release(*call_);
  EXPECT_TRUE(leases_.has_reactor(1));
  publish();
  EXPECT_EQ(leases_.acquire(*call_), nullptr);
}

}  // namespace
}  // namespace provider_host::internal
