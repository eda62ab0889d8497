// A stream on its reader's own thread, beside a reactor that does not run.
#include "pool/stream/stream_path.h"

#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "children/child_host.h"
#include "platform/pipes.h"
#include "pool/host/find_frame.h"

namespace provider_host::internal {
namespace {

using Unfinished = HostLeases::Unfinished;
using ::testing::HasSubstr;

constexpr std::uint64_t kId = 2;

class StreamPathTest : public ::testing::Test {
 protected:
  StreamPathTest() { channel_.set_control_fd(control_.ours.get()); }

  void publish() { leases_.publish(1, 4711, channel_, std::numeric_limits<std::uint64_t>::max()); }
  static CallPtr make(const CallLimits& limits = {}, const std::string& prompt = "x") {
    Submission submission{.call = Call::api_call(prompt), .mode = wire::CallMode::kStream};
    return std::make_shared<CallState>(kId, std::move(submission), limits, Clock::now(), nullptr);
  }
  /// One that the host has, and whose reader is away.
  CallPtr begin(const CallLimits& limits = {}) {
    publish();
    CallPtr call = make(limits);
    EXPECT_TRUE(path_.begin(call));
    return call;
  }
  void will_say(std::string_view payload) const { host_.write_frame(payload); }
  void will_yield(const std::string& json) const { will_say(R"({"type":"item","id":2,"item":)" + json + "}"); }
  /// The JSON of the next item; "nothing" when there is none.
  std::string next(const CallPtr& call, const Interrupted& interrupted = nullptr, bool may_wait = true) {
    EXPECT_TRUE(call->items->turn.begin());
    const auto item = path_.next(call, interrupted, may_wait);
    return item ? std::string(item->json()) : "nothing";
  }
  std::optional<HostLeases::Transfer> transferred() {
    auto returned = leases_.first_returned();
    return returned ? std::move(returned->transfer) : std::nullopt;
  }
  /// How the reactor has got the stream; whatever else that must say so.
  void expect_transferred(const CallPtr& call, Unfinished how) {
    const auto transfer = transferred();
    ASSERT_TRUE(transfer);
    EXPECT_EQ(transfer->how, how);
    EXPECT_EQ(transfer->call, call);
    EXPECT_TRUE(call->items->turn.is_taken());
    EXPECT_FALSE(leases_.has_streams());
  }
  /// The host does not read its control channel, which takes no more.
  void fill_control() const {
    const std::string filler(4096, 'x');
    while (::send(control_.ours.get(), filler.data(), filler.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
    while (::send(control_.ours.get(), "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
  }

  platform::Ends ends_ = platform::make_socketpair();
  platform::Ends control_ = platform::make_socketpair();
  CallChannel channel_{std::move(ends_.ours), 1 << 20};
  child::Channel host_{ends_.theirs.get()};
  child::Channel host_control_{control_.theirs.get()};
  Reactor reactor_;
  HostLeases leases_{1, reactor_};
  Metrics metrics_{1};
  StreamPath path_{reactor_, leases_, metrics_};
};

TEST_F(StreamPathTest, DoesNothingWithoutAnIdleHost) {
  const CallPtr call = make();
  EXPECT_FALSE(path_.begin(call));
  EXPECT_TRUE(call->items->turn.is_taken());
  EXPECT_EQ(metrics_.stats(false).submitted, 0U);
}

TEST_F(StreamPathTest, GivesTheItemsAsTheyComeAndThenTheEnd) {
  const CallPtr call = begin();
  EXPECT_THAT(*host_.read_frame(), HasSubstr(R"({"type":"stream","id":2,)"));
  will_yield("\"a\"");
  EXPECT_EQ(next(call), "\"a\"");
  will_yield("[1]");
  will_yield("null");
  will_say(R"({"type":"result","id":2,"result":{"output":"all"}})");
  EXPECT_EQ(next(call), "[1]");
  EXPECT_EQ(next(call), "null");
  EXPECT_FALSE(call->settled());
  EXPECT_EQ(next(call), "nothing");
  EXPECT_EQ(call->wait().json(), R"({"output":"all"})");
  EXPECT_EQ(call->wait().pid, 4711);
  EXPECT_FALSE(call->items->take()) << "what the generator has returned is no item";
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_FALSE(leases_.has_streams());
  EXPECT_NE(leases_.acquire(*make()), nullptr) << "its host is idle again";
  EXPECT_EQ(metrics_.stats(false).succeeded, 1U);
}

TEST_F(StreamPathTest, LeavesTheResultOfAFunctionThatDoesNotStreamAsTheOnlyItem) {
  const CallPtr call = begin();
  will_say(R"({"type":"result","id":2,"result":42})");
  EXPECT_EQ(next(call), "nothing");
  EXPECT_EQ(call->items->take()->json(), "42");
  EXPECT_TRUE(call->items->has_ended());
}

TEST_F(StreamPathTest, EndsWithTheErrorOfTheHost) {
  const CallPtr call = begin();
  will_yield("1");
  will_say(R"({"type":"error","id":2,"error":{"kind":"python_exception","message":"boom","type":"ValueError"}})");
  EXPECT_EQ(next(call), "1");
  EXPECT_EQ(next(call), "nothing");
  EXPECT_EQ(call->wait().error().type, "ValueError");
  EXPECT_EQ(leases_.leased(), 0U);
  EXPECT_EQ(metrics_.stats(false).failed, 1U);
}

TEST_F(StreamPathTest, DoesNotWaitWhenItMayNot) {
  const CallPtr call = begin();
  EXPECT_EQ(next(call, nullptr, false), "nothing");
  EXPECT_FALSE(transferred());
  will_yield("1");
  EXPECT_EQ(next(call, nullptr, false), "1");
}

TEST_F(StreamPathTest, DropsWhatIsAboutAnEarlierCall) {
  const CallPtr call = begin();
  will_say(R"({"type":"item","id":1,"item":"late"})");
  will_say(R"({"type":"result","id":1,"result":"late"})");
  will_yield("1");
  EXPECT_EQ(next(call), "1");
}

TEST_F(StreamPathTest, TellsTheReactorHowTheHostBrokeTheProtocol) {
  for (const char* const payload : {R"({"type":"item","id":3,"item":1})", R"({"type":"result","id":3,"result":1})",
                                    R"({"type":"item","id":2})", R"({"type":"item","id":2,"item":nope})",
                                    R"({"type":"progress","id":2})", R"({"type":"ready",)", "hello", "\xFF"}) {
    platform::Ends ends = platform::make_socketpair();
    CallChannel channel{std::move(ends.ours), 1 << 20};
    HostLeases leases{1, reactor_};
    StreamPath path{reactor_, leases, metrics_};
    leases.publish(1, 4711, channel, 1);
    const CallPtr call = make();
    ASSERT_TRUE(path.begin(call));
    child::Channel(ends.theirs.get()).write_frame(payload);
    ASSERT_TRUE(call->items->turn.begin());
    EXPECT_FALSE(path.next(call, nullptr, true)) << payload;
    const auto returned = leases.first_returned();
    ASSERT_TRUE(returned && returned->transfer) << payload;
    EXPECT_EQ(returned->transfer->how, Unfinished::kViolation) << payload;
    EXPECT_FALSE(returned->transfer->violation.empty()) << payload;
  }
}

TEST_F(StreamPathTest, TellsTheReactorOfABadFrame) {
  const CallPtr call = begin();
  will_yield("1");
  host_.write_bytes(std::string(4, '\0'));
  EXPECT_EQ(next(call), "1");
  EXPECT_EQ(next(call), "nothing");
  expect_transferred(call, Unfinished::kViolation);
}

TEST_F(StreamPathTest, GivesWhatAHostHadSentThatIsGoneAndThenLeavesItToTheReactor) {
  const CallPtr call = begin();
  static_cast<void>(host_.read_frame());
  will_yield("1");
  will_yield("2");
  ends_.theirs.reset();
  EXPECT_EQ(next(call), "1");
  EXPECT_EQ(next(call), "2");
  EXPECT_EQ(next(call), "nothing");
  EXPECT_FALSE(call->settled());
  expect_transferred(call, Unfinished::kEnded);
}

TEST_F(StreamPathTest, LeavesACallOfAHostThatIsGoneToTheReactor) {
  publish();
  ends_.theirs.reset();
  const CallPtr call = make();
  EXPECT_TRUE(path_.begin(call)) << "it is under way, as the reactor's";
  expect_transferred(call, Unfinished::kEnded);
}

TEST_F(StreamPathTest, LeavesAStreamWhoseTimeIsUpToTheReactor) {
  for (const CallLimits& limits : {CallLimits{.timeout = 0.001}, CallLimits{.item_timeout = 0.001}}) {
    const CallPtr call = begin(limits);
    EXPECT_EQ(next(call), "nothing");
    expect_transferred(call, Unfinished::kTimeUp);
    leases_.accept(1);
  }
}

TEST_F(StreamPathTest, CountsTheTimeOfAnItemFromTheOneBefore) {
  const CallPtr call = begin({.item_timeout = 100});
  EXPECT_EQ(call->progress, TimePoint{});
  will_yield("1");
  EXPECT_EQ(next(call), "1");
  EXPECT_GE(call->progress, call->started);
}

TEST_F(StreamPathTest, IsClosedWhileItsReaderIsAway) {
  const CallPtr call = begin();
  EXPECT_TRUE(path_.close(call));
  expect_transferred(call, Unfinished::kInterrupted);
  EXPECT_FALSE(path_.close(call)) << "it is the reactor's";
}

TEST_F(StreamPathTest, IsClosedByAnotherThreadWhileItsReaderWaits) {
  const CallPtr call = begin();
  ASSERT_TRUE(call->items->turn.begin());
  std::thread reader([&] { EXPECT_FALSE(path_.next(call, nullptr, true)); });
  call->items->close();
  path_.close(call);
  reader.join();
  expect_transferred(call, Unfinished::kInterrupted);
}

TEST_F(StreamPathTest, EndsWhenItsReaderIsInterrupted) {
  const CallPtr call = begin();
  EXPECT_EQ(next(call, [] { return true; }), "nothing");
  expect_transferred(call, Unfinished::kInterrupted);
}

TEST_F(StreamPathTest, DoesNotAskWhetherItIsInterruptedWhileThereAreItems) {
  const CallPtr call = begin();
  will_yield("1");
  EXPECT_EQ(next(call, [] { return true; }), "1");
}

TEST_F(StreamPathTest, GoesOnAfterWhatInterruptedThrows) {
  const CallPtr call = begin();
  EXPECT_THROW(next(call, []() -> bool { throw std::runtime_error("signal"); }), std::runtime_error);
  EXPECT_FALSE(transferred());
  will_yield("1");
  EXPECT_EQ(next(call), "1");
}

TEST_F(StreamPathTest, IsTakenOverWhileItsReaderIsInInterrupted) {
  const CallPtr call = begin();
  EXPECT_EQ(next(call,
                 [&] {
                   EXPECT_FALSE(leases_.withdraw(1)) << "not yet: it is among those that have come back";
                   return false;
                 }),
            "nothing");
  expect_transferred(call, Unfinished::kLeft);
}

TEST_F(StreamPathTest, IsTakenOverWhenItsHostIsNeededWhileTheReaderIsAway) {
  const CallPtr call = begin();
  leases_.withdraw(1);
  expect_transferred(call, Unfinished::kLeft);
  EXPECT_FALSE(call->items->turn.begin());
}

TEST_F(StreamPathTest, IsNotTakenOverFromAReaderThatReads) {
  const CallPtr call = begin();
  ASSERT_TRUE(call->items->turn.begin());
  leases_.withdraw(1);
  leases_.take_over_streams();
  leases_.take_over_streams();
  EXPECT_FALSE(transferred());
  will_yield("1");
  EXPECT_EQ(path_.next(call, nullptr, true)->json(), "1");
}

TEST_F(StreamPathTest, IsTakenOverWhenItsReaderDoesNotComeBack) {
  const CallPtr call = begin();
  will_yield("1");
  EXPECT_EQ(next(call), "1");
  leases_.take_over_streams();
  EXPECT_FALSE(transferred()) << "it has come since the time before";
  leases_.take_over_streams();
  expect_transferred(call, Unfinished::kLeft);
}

TEST_F(StreamPathTest, GrantsWhatWasRead) {
  const CallPtr call = begin();
  constexpr int kHalf = 128;
  for (int i = 0; i < kHalf; ++i) {
    will_yield(std::to_string(i));
    ASSERT_EQ(next(call), std::to_string(i));
  }
  EXPECT_EQ(next(call, nullptr, false), "nothing") << "coming back says that the last one is read";
  EXPECT_EQ(*host_control_.read_frame(), R"({"type":"credit","id":2,"bytes":32768})");
  EXPECT_EQ(next(call, nullptr, false), "nothing");
  EXPECT_EQ(::recv(control_.theirs.get(), nullptr, 0, MSG_DONTWAIT | MSG_TRUNC), -1) << "once";
}

TEST_F(StreamPathTest, LeavesTheStreamToTheReactorWhenTheControlChannelIsFull) {
  const CallPtr call = begin();
  fill_control();
  will_yield("\"" + std::string(40'000, 'x') + "\"");
  will_yield("2");
  EXPECT_EQ(next(call).size(), 40'002U);
  EXPECT_EQ(next(call), "nothing");
  expect_transferred(call, Unfinished::kLeft);
  EXPECT_TRUE(call->items->is_credit_due()) << "the reactor grants it";
  ASSERT_EQ(find_frame(channel_, [] { return false; }), FrameSearch::kFound) << "the next item is still there";
  EXPECT_THAT(std::string(channel_.decoder().payload()), HasSubstr(R"("item":2})"));
}

TEST_F(StreamPathTest, SendsACallAtOnceThatFitsIntoTheSocket) {
  publish();
  const CallPtr call = make({}, std::string(60'000, 'x'));
  EXPECT_TRUE(path_.begin(call));
  EXPECT_EQ(host_.read_frame()->size() + wire::kHeaderSize, call->frame_size());
}

TEST_F(StreamPathTest, DoesNotSendALargeCallWhichMightHaveToWait) {
  publish();
  const CallPtr call = make({}, std::string(70'000, 'x'));
  EXPECT_FALSE(path_.begin(call));
  EXPECT_TRUE(call->items->turn.is_taken());
  EXPECT_EQ(leases_.leased(), 0U);
}

}  // namespace
}  // namespace provider_host::internal
