// What the reactor does with a stream, step by step.
#include <gmock/gmock.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "pool/engine_fixture.h"
#include "pool/host/find_frame.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StreamSteps : public EngineFixture {
 protected:
  CallPtr submit_as(wire::CallMode mode, const CallLimits& limits) {
    Submission submission{.call = Call::api_call("x"), .mode = mode};
    auto call = std::make_shared<CallState>(++last_id_, std::move(submission), limits, now_, nullptr);
    EXPECT_FALSE(parts_->queue.push(call, {}));
    return call;
  }
  CallPtr stream(const CallLimits& limits = {}) { return submit_as(wire::CallMode::kStream, limits); }
  /// One that its host has begun.
  CallPtr begun_stream(FakeHost& host, const CallLimits& limits = {}) {
    CallPtr call = stream(limits);
    turn();
    EXPECT_EQ(host.take_call(), id_of(call));
    return call;
  }
  static std::string id_of(const CallPtr& call) { return std::to_string(call->id); }

  void yield(FakeHost& host, const CallPtr& call, const std::string& json = "\"item\"") {
    host.send(R"({"type":"item","id":)" + id_of(call) + R"(,"item":)" + json + "}");
    turn();
  }
  /// An item every five seconds.
  void yield_for(int seconds, FakeHost& host, const CallPtr& call) {
    for (int i = 0; i < seconds / 5; ++i) {
      turn(5);
      yield(host, call);
    }
  }
  /// Items for all the credit that the host has.
  void yield_all(FakeHost& host, const CallPtr& call) {
    const std::string large = "\"" + std::string(8192, 'x') + "\"";
    while (!call->items->is_blocked()) yield(host, call, large);
  }
  static std::vector<std::string> read(const CallPtr& call) {
    std::vector<std::string> items;
    while (const auto item = call->items->take()) items.emplace_back(item->json());
    return items;
  }
  void read_all_and_grant(const CallPtr& call) {
    read(call);
    if (call->items->is_credit_due()) parts_->credit_requests.request(call);
    turn();
  }
  void cancel(const CallPtr& call) {
    parts_->cancellations.request(call, CallState::CancelRequest::kCancel);
    turn();
  }
  /// What the host reads from its control channel, until there is nothing.
  std::vector<std::string> control_messages(FakeHost& host) {
    std::vector<std::string> messages;
    for (; host.has_control_message(); turn()) messages.push_back(host.control_message());
    return messages;
  }
  void expect_violation(FakeHost& host, const CallPtr& call, const std::string& what) {
    EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
    EXPECT_THAT(call->wait().error().message, HasSubstr(what));
    EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  }
};

/// Whatever number of calls a host runs at a time.
class StreamStepsTest : public StreamSteps, public testing::WithParamInterface<int> {
 protected:
  StreamStepsTest() { options_.concurrency = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Concurrency, StreamStepsTest, testing::Values(1, 2));

TEST_P(StreamStepsTest, ItsItemsGoToItsReader) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield(host, call, "1");
  yield(host, call, "[2]");
  EXPECT_THAT(read(call), ElementsAre("1", "[2]"));
  EXPECT_FALSE(call->items->has_ended());
  yield(host, call, "3");
  host.respond(id_of(call), "null");
  turn();
  EXPECT_FALSE(call->items->has_ended()) << "one is not read";
  EXPECT_THAT(read(call), ElementsAre("3"));
  EXPECT_TRUE(call->items->has_ended());
  EXPECT_TRUE(call->wait().ok());
  EXPECT_EQ(stats().succeeded, 1U);
}

TEST_P(StreamStepsTest, TheResultOfAFunctionThatDoesNotStreamIsItsOnlyItem) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  host.respond(id_of(call), "42");
  turn();
  EXPECT_THAT(read(call), ElementsAre("42"));
  EXPECT_EQ(call->wait().json(), "42");
}

TEST_P(StreamStepsTest, TellsTheHostWhatWasRead) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield_all(host, call);
  EXPECT_FALSE(host.has_control_message()) << "nothing is read";
  read_all_and_grant(call);
  EXPECT_THAT(host.control_message(), HasSubstr(R"({"type":"credit","id":1,"bytes":)"));
  EXPECT_FALSE(call->items->is_blocked());
  yield(host, call, "1");
  EXPECT_THAT(read(call), ElementsAre("1"));
}

// --- its time

TEST_P(StreamStepsTest, TheFirstItemHasItsTime) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.item_timeout = 10});
  turn(9);
  EXPECT_FALSE(call->settled());
  turn(2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its item_timeout of 10 s passed"));
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("dump"), HasSubstr("cancel")));
}

TEST_P(StreamStepsTest, EachItemHasItsTimeFromTheOneBefore) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.item_timeout = 10});
  for (int i = 0; i < 5; ++i) {
    turn(8);
    ASSERT_FALSE(call->settled()) << i;
    yield(host, call, "1");
  }
  turn(11);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_EQ(read(call).size(), 5U) << "what has come stays readable";
}

TEST_P(StreamStepsTest, AnItemThatIsThereWhenItsTimeIsUpCounts) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.item_timeout = 10});
  host.send(R"({"type":"item","id":1,"item":1})");
  now_ += seconds(11);
  parts_->reactor.timers().run_due(now_);
  turn();
  EXPECT_FALSE(call->settled());
  EXPECT_THAT(read(call), ElementsAre("1"));
  EXPECT_FALSE(host.has_control_message());
}

TEST_P(StreamStepsTest, AHostThatWaitsForTheReaderIsNotLate) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.item_timeout = 10});
  yield_all(host, call);
  turn(1000);
  EXPECT_FALSE(call->settled());
  read_all_and_grant(call);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("credit")));
  turn(9);
  EXPECT_FALSE(call->settled()) << "the time of the next item began when there was room for it";
  turn(2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("item_timeout"));
}

TEST_P(StreamStepsTest, ItsTimeoutBoundsTheWhole) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.timeout = 30, .item_timeout = 10});
  yield_for(25, host, call);
  ASSERT_FALSE(call->settled());
  turn(6);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its timeout of 30 s"));
}

TEST_P(StreamStepsTest, ItsDeadlineBoundsTheWhole) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.item_timeout = 10, .deadline = 30});
  yield_for(25, host, call);
  ASSERT_FALSE(call->settled());
  turn(6);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its deadline of 30 s"));
}

TEST_P(StreamStepsTest, ItsTimeoutAlsoCountsWhileTheHostWaitsForTheReader) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.timeout = 30, .item_timeout = 10});
  yield_all(host, call);
  turn(29);
  EXPECT_FALSE(call->settled());
  turn(2);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its timeout of 30 s"));
}

TEST_P(StreamStepsTest, AWatchedCallIsNotLateWhileItsItemsCome) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_as(wire::CallMode::kWatched, {.item_timeout = 10});
  turn();
  const std::string id = host.take_call();
  for (int i = 0; i < 5; ++i) {
    turn(8);
    ASSERT_FALSE(call->settled()) << i;
    host.send(R"({"type":"progress","id":)" + id + "}");
    turn();
  }
  host.respond(id, R"({"output":"joined"})");
  turn();
  EXPECT_EQ(call->wait().json(), R"({"output":"joined"})");
}

TEST_P(StreamStepsTest, AWatchedCallEndsWhenAnItemTakesTooLong) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_as(wire::CallMode::kWatched, {.timeout = 1000, .item_timeout = 10});
  turn();
  host.take_call();
  turn(11);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its item_timeout of 10 s"));
}

// --- closing

TEST_P(StreamStepsTest, IsClosedThenInterruptedThenItsHostIsReplacedThenKilled) {
  options_.interrupt_grace = 8;
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield(host, call);
  cancel(call);
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  EXPECT_THAT(read(call), IsEmpty()) << "nobody reads any more";
  EXPECT_THAT(control_messages(host), ElementsAre(R"({"type":"close","id":1})"));
  turn(3.9);
  EXPECT_FALSE(host.has_control_message());
  EXPECT_EQ(hosts_.size(), 1U);
  turn(0.2);
  EXPECT_THAT(control_messages(host), ElementsAre(R"({"type":"cancel","id":1})"));
  EXPECT_EQ(hosts_.size(), 2U) << "calls behind do not wait any longer";
  EXPECT_THAT(host.signals(), IsEmpty());
  turn(8);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
}

TEST_P(StreamStepsTest, KeepsAHostWhoseGeneratorIsClosed) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  cancel(call);
  yield(host, call);  // it was under way
  host.respond(id_of(call), "null");
  turn();
  turn(1000);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("close")));
  EXPECT_THAT(host.signals(), IsEmpty());
  EXPECT_EQ(hosts_.size(), 1U);
  submit();
  turn();
  EXPECT_EQ(host.take_call(), "2");
}

TEST_P(StreamStepsTest, IsNotSentToAnyHostWhenItIsClosedBefore) {
  options_.wait_for_start = false;
  start();
  const CallPtr call = stream();
  turn();
  cancel(call);
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  EXPECT_TRUE(call->items->has_ended());
  hosts_.at(0)->ready();
  turn();
  EXPECT_FALSE(hosts_.at(0)->has_message());
}

TEST_P(StreamStepsTest, WhatWaitsForACreditIsClosedToo) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield_all(host, call);
  cancel(call);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("close")));
  EXPECT_FALSE(call->items->is_credit_due());
}

TEST_F(StreamSteps, AGeneratorThatIsClosedKeepsNoOtherCallAwayFromAConcurrentHost) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  cancel(call);
  submit();
  turn();
  EXPECT_EQ(host.take_call(), "2");
  submit();
  turn();
  EXPECT_FALSE(host.has_message()) << "the two count as running";
  host.respond(id_of(call), "null");
  turn();
  EXPECT_EQ(host.take_call(), "3");
}

TEST_F(StreamSteps, OtherCallsWaitForAGeneratorThatIsClosedWhereOneRunsAtATime) {
  options_.concurrency = 1;
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  cancel(call);
  submit();
  turn();
  EXPECT_FALSE(host.has_message());
  host.respond(id_of(call), "null");
  turn();
  EXPECT_EQ(host.take_call(), "2");
}

TEST_F(StreamSteps, NoCallGoesToAHostWhoseGeneratorIsInterrupted) {
  options_.interrupt_grace = 8;
  FakeHost& host = start_ready();
  cancel(begun_stream(host));
  turn(4.001);
  ASSERT_THAT(control_messages(host), ElementsAre(HasSubstr("close"), HasSubstr("cancel")));
  submit();
  turn();
  EXPECT_FALSE(host.has_message());
}

TEST_F(StreamSteps, SeveralAreClosedAtATime) {
  options_.interrupt_grace = 8;
  FakeHost& host = start_ready();
  const CallPtr one = begun_stream(host);
  const CallPtr two = begun_stream(host);
  cancel(one);
  turn(3);
  cancel(two);
  EXPECT_EQ(control_messages(host).size(), 2U);
  host.respond(id_of(one), "null");
  turn();
  turn(5);
  EXPECT_THAT(control_messages(host), ElementsAre(R"({"type":"cancel","id":2})"));
  host.respond(id_of(two), "null");
  turn();
  turn(100);
  EXPECT_THAT(host.signals(), IsEmpty());
}

// --- crashes

TEST_P(StreamStepsTest, DoesNotRunAgainOnceAnItemHasCome) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.retries = 1});
  yield(host, call, "1");
  host.send(R"({"type":"item","id":1,"item":2})");
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_FALSE(call->items->has_ended());
  EXPECT_THAT(read(call), ElementsAre("1", "2")) << "what has come stays readable, what was under way too";
  EXPECT_TRUE(call->items->has_ended());
  hosts_.at(1)->ready();
  turn(1000);
  EXPECT_FALSE(hosts_.at(1)->has_message());
}

TEST_P(StreamStepsTest, RunsAgainWhenNoItemHadCome) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host, {.retries = 1});
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_FALSE(call->settled());
  hosts_.at(1)->ready();
  turn(1000);
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  yield(*hosts_.at(1), call, "1");
  EXPECT_THAT(read(call), ElementsAre("1"));
}

TEST_P(StreamStepsTest, GoesToAnotherHostWhenItsHostHadNotReadIt) {
  FakeHost& host = start_ready();
  const CallPtr call = stream();
  turn();
  host.exit({SIGKILL, {}});
  turn();
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  EXPECT_FALSE(call->settled());
}

/// A stream beside a call that crashes their host.
class StreamBesideACulprit : public StreamSteps {
 protected:
  void begin(FakeHost& host) {
    culprit_ = submit();
    turn();
    host.take_call();
    call_ = begun_stream(host);
  }
  void crash(FakeHost& host) {
    host.record().culprit = culprit_->id;
    host.record().cause = wire::CrashRecord::kFatalSignal;
    host.exit({SIGSEGV, {}});
    turn();
    EXPECT_EQ(kind_of(culprit_), ErrorKind::kHostCrashed);
    hosts_.at(1)->ready();
    turn();
  }

  CallPtr culprit_;
  CallPtr call_;
};

TEST_F(StreamBesideACulprit, RunsAgainWhenNoItemHadCome) {
  FakeHost& host = start_ready();
  begin(host);
  crash(host);
  EXPECT_FALSE(call_->settled());
  EXPECT_EQ(hosts_.at(1)->take_call(), id_of(call_));
}

TEST_F(StreamBesideACulprit, FailsWhenAnItemHadCome) {
  FakeHost& host = start_ready();
  begin(host);
  yield(host, call_, "1");
  crash(host);
  EXPECT_EQ(kind_of(call_), ErrorKind::kCollateral);
  EXPECT_THAT(read(call_), ElementsAre("1"));
  EXPECT_FALSE(hosts_.at(1)->has_message());
}

// --- hosts that are replaced, pools that end

TEST_P(StreamStepsTest, GoesOnInAHostWhoseReplacementHasTakenOver) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield(host, call, "1");
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  ASSERT_EQ(stats().restarts_by_cause.at("call_limit"), 1U) << "the replacement has taken over";
  EXPECT_THAT(read(call), ElementsAre("1"));
  yield_all(host, call);
  read_all_and_grant(call);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("credit")));
  host.respond(id_of(call), "null");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_TRUE(host.is_told_to_end());
}

TEST_P(StreamStepsTest, IsClosedInAHostWhoseReplacementHasTakenOver) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  cancel(call);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("close")));
  host.respond(id_of(call), "null");
  turn();
  EXPECT_TRUE(host.is_told_to_end());
}

TEST_P(StreamStepsTest, MayEndWhileThePoolDrains) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  close(1000);
  yield_all(host, call);
  read_all_and_grant(call);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("credit")));
  yield(host, call, "1");
  host.respond(id_of(call), "null");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_TRUE(phase().is_stopping());
}

// Before that a reader may still work on its last item.
TEST_P(StreamStepsTest, OneThatNobodyReadsIsNotWaitedForAtTheEndOfThePool) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield_all(host, call);
  ASSERT_TRUE(call->items->take());
  close(1000);
  turn(5);
  EXPECT_FALSE(call->settled());
  turn(1.5);
  EXPECT_EQ(kind_of(call), ErrorKind::kShuttingDown);
  EXPECT_EQ(read(call).size() + 1, 8U) << "what had come stays readable";
}

TEST_P(StreamStepsTest, OneThatIsReadSlowlyIsWaitedForAtTheEndOfThePool) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield_all(host, call);
  close(1000);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(call->items->take());
    turn(4.5);
    EXPECT_FALSE(call->settled());
  }
  read_all_and_grant(call);
  turn(30);
  EXPECT_FALSE(call->settled()) << "its host works";
  host.respond(id_of(call), "null");
  turn();
  EXPECT_TRUE(call->wait().ok());
}

TEST_P(StreamStepsTest, EndsWithThePoolAndWhatHasComeStaysReadable) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield(host, call, "1");
  close(0);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kShuttingDown);
  EXPECT_THAT(control_messages(host), Not(IsEmpty()));
  EXPECT_THAT(read(call), ElementsAre("1"));
}

TEST_P(StreamStepsTest, AGeneratorThatIsClosedDoesNotKeepThePoolFromEnding) {
  FakeHost& host = start_ready();
  cancel(begun_stream(host));
  close(1000);
  turn();
  EXPECT_TRUE(phase().is_stopping());
}

// --- violations

TEST_P(StreamStepsTest, AnItemOfAPlainCallIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.take_call();
  yield(host, call);
  expect_violation(host, call, "an item of call 1, which is no stream");
}

TEST_P(StreamStepsTest, AnItemOfAWatchedCallIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = submit_as(wire::CallMode::kWatched, {});
  turn();
  host.take_call();
  yield(host, call);
  expect_violation(host, call, "which is no stream");
}

TEST_P(StreamStepsTest, AnItemOfACallThatItNeverGotIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  host.send(R"({"type":"item","id":77,"item":1})");
  turn();
  expect_violation(host, call, "77");
}

TEST_P(StreamStepsTest, AnItemBehindTheResponseIsDropped) {
  FakeHost& host = start_ready();
  const CallPtr first = begun_stream(host);
  host.respond(id_of(first), "null");
  turn();
  const CallPtr call = begun_stream(host);
  yield(host, first);
  host.send(R"({"type":"progress","id":)" + id_of(first) + "}");
  yield(host, call, "1");
  host.respond(id_of(call), "null");
  turn();
  EXPECT_THAT(read(call), ElementsAre("1"));
  EXPECT_TRUE(call->wait().ok());
}

TEST_P(StreamStepsTest, AProgressOfAStreamIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  host.send(R"({"type":"progress","id":1})");
  turn();
  expect_violation(host, call, "a progress of call 1, which is not watched");
}

TEST_P(StreamStepsTest, AProgressOfAPlainCallIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.take_call();
  host.send(R"({"type":"progress","id":1})");
  turn();
  expect_violation(host, call, "which is not watched");
}

TEST_P(StreamStepsTest, AnItemBeyondTheCreditIsAViolation) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  yield_all(host, call);
  EXPECT_FALSE(call->settled());
  yield(host, call, "1");
  expect_violation(host, call, "an item of stream 1 beyond its credit");
  EXPECT_THAT(read(call), Not(IsEmpty())) << "what has come before stays readable";
}

// --- the control channel

TEST_P(StreamStepsTest, NothingIsLostWhenTheHostDoesNotReadItsControlChannel) {
  FakeHost& host = start_ready();
  const CallPtr call = begun_stream(host);
  constexpr int kMessages = 700;
  for (int i = 0; i < kMessages; ++i) {
    yield(host, call, "\"" + std::string(40'000, 'x') + "\"");
    read_all_and_grant(call);
    ASSERT_FALSE(call->settled());
  }
  cancel(call);
  const std::vector<std::string> messages = control_messages(host);
  ASSERT_EQ(messages.size(), kMessages + 1U);
  for (int i = 0; i < kMessages; ++i) ASSERT_THAT(messages[static_cast<std::size_t>(i)], HasSubstr("credit"));
  EXPECT_THAT(messages.back(), HasSubstr("close"));
}

// --- readers that read themselves

class LeasedStreamSteps : public StreamSteps {
 protected:
  LeasedStreamSteps() { options_.concurrency = 1; }
  /// A stream whose reader has leased the idle host, and is away.
  CallPtr lease(FakeHost& host, const CallLimits& limits = {}) {
    Submission submission{.call = Call::api_call("x"), .mode = wire::CallMode::kStream};
    auto call = std::make_shared<CallState>(++last_id_, std::move(submission), limits, now_, nullptr);
    call->items->turn.lease();
    channel_ = parts_->leases.acquire_stream(call);
    EXPECT_NE(channel_, nullptr);
    parts_->metrics.on_leased(*call);
    call->started = now_;
    channel_->on_send(*call);
    host.record().calls_read += 1;
    call->items->turn.end();
    turn();  // the reactor is woken
    return call;
  }
  void send_item(FakeHost& host, const CallPtr& call, const std::string& json) {
    host.send(R"({"type":"item","id":)" + id_of(call) + R"(,"item":)" + json + "}");
  }

  CallChannel* channel_ = nullptr;
};

TEST_F(LeasedStreamSteps, IsTakenOverWhenItsReaderStaysAway) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  EXPECT_FALSE(call->items->turn.is_taken()) << "it has just begun";
  turn(1);
  EXPECT_TRUE(call->items->turn.is_taken());
  yield(host, call, "1");
  EXPECT_THAT(read(call), ElementsAre("1"));
}

TEST_F(LeasedStreamSteps, IsLeftToAReaderThatReads) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  ASSERT_TRUE(call->items->turn.begin());
  turn(10);
  EXPECT_FALSE(call->items->turn.is_taken());
  call->items->turn.end();
  turn(1);
  EXPECT_TRUE(call->items->turn.is_taken());
}

TEST_F(LeasedStreamSteps, ItsReaderMayHaveReadMoreThanItHasTaken) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  for (const char* json : {"1", "2", "3"}) send_item(host, call, json);
  ASSERT_EQ(find_frame(*channel_, [] { return false; }), FrameSearch::kFound) << "1 is its reader's";
  turn(1);
  EXPECT_THAT(read(call), ElementsAre("2", "3"));
}

TEST_F(LeasedStreamSteps, IsTakenOverWhenACallWaits) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  submit();
  turn();
  EXPECT_TRUE(call->items->turn.is_taken());
  host.respond(id_of(call), "null");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_EQ(host.take_call(), "2");
}

TEST_F(LeasedStreamSteps, OfAHostThatDiesGivesItsItemsThenTheError) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host, {.retries = 1});
  send_item(host, call, "1");
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_THAT(read(call), ElementsAre("1"));
}

TEST_F(LeasedStreamSteps, IsClosedWhenNobodyReadsItAnyMoreWhileItIsTakenOver) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  call->items->close();
  parts_->leases.withdraw(1);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  EXPECT_THAT(control_messages(host), ElementsAre(HasSubstr("close")));
}

TEST_F(LeasedStreamSteps, IsGrantedWhatItsReaderCouldNotGrant) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  ASSERT_TRUE(call->items->turn.begin());
  ASSERT_TRUE(call->items->spend(40'000));
  call->items->pass(40'000);
  call->items->turn.give_up();
  parts_->leases.transfer(call, HostLeases::Unfinished::kLeft, {});
  parts_->credit_requests.request(call);
  turn();
  EXPECT_THAT(control_messages(host), ElementsAre(R"({"type":"credit","id":1,"bytes":40000})"));
}

TEST_F(LeasedStreamSteps, WithAnItemThatTakesTooLongIsLateAlsoWhileItsReaderIsAway) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host, {.item_timeout = 10});
  turn(11);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(call->wait().error().message, HasSubstr("item_timeout"));
}

TEST_F(LeasedStreamSteps, EndsWithThePoolWhileItsReaderIsAway) {
  FakeHost& host = start_ready();
  const CallPtr call = lease(host);
  close(0);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kShuttingDown);
  EXPECT_THAT(control_messages(host), Not(IsEmpty()));
}

}  // namespace
}  // namespace provider_host::internal
