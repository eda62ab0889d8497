// Calls that are sent ahead of their turn, and what becomes of them when things go wrong.
#include <gmock/gmock.h>

#include <csignal>
#include <string>
#include <vector>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Pipelining : public EngineFixture {
 protected:
  Pipelining() { options_.concurrency = 1; }

  /// Hosts whose calls are known to be quick.
  void start_quick(int workers = 1) {
    options_.workers = workers;
    start();
    turn();
    for (const auto& host : hosts_) {
      host->ready();
      host->take_recalls();
    }
    turn();
    const auto calls = submit_many(workers);  // one for each
    turn();
    for (const auto& host : hosts_) host->respond(host->take_call(), "0");
    turn();
    for (const CallPtr& call : calls) EXPECT_TRUE(call->settled());
  }
  std::vector<CallPtr> submit_many(int count, const CallLimits& limits = {}) {
    std::vector<CallPtr> calls;
    for (int i = 0; i < count; ++i) calls.push_back(submit(limits));
    return calls;
  }
  /// Hosts whose calls are known to be quick, and that have got so many.
  std::vector<CallPtr> start_line(int count, const CallLimits& limits = {}, int workers = 1) {
    start_quick(workers);
    std::vector<CallPtr> calls = submit_many(count, limits);
    turn();
    return calls;
  }
  static std::string id(const CallPtr& call) { return std::to_string(call->id); }
  static std::vector<std::string> ids(const std::vector<CallPtr>& calls) {
    std::vector<std::string> ids;
    for (const CallPtr& call : calls) ids.push_back(id(call));
    return ids;
  }
  /// The ids of all calls that the host has got and not read yet.
  static std::vector<std::string> take_all(FakeHost& host) {
    std::vector<std::string> ids;
    while (host.has_message()) ids.push_back(host.take_call());
    return ids;
  }
  /// Takes and responds to one call after the other until nothing comes; the ids of those that it was to run.
  std::vector<std::string> run_all(FakeHost& host) {
    std::vector<std::string> ids;
    for (turn(); host.has_message(); turn()) {
      const std::string id = host.take_call();
      if (id.starts_with("recalled")) continue;
      host.respond(id, id);
      ids.push_back(id);
    }
    return ids;
  }
  /// What happens in so many seconds in a pool that nobody wakes: timers only. Returns how many were due.
  int run_timers(double duration) {
    const TimePoint until = now_ + seconds(duration);
    TimerQueue& timers = parts_->reactor.timers();
    int count = 0;
    for (auto next = timers.next(); next && *next <= until; next = timers.next()) {
      now_ = std::max(now_, *next);
      timers.run_due(now_);
      parts_->engine.on_iteration();
      ++count;
    }
    now_ = until;
    return count;
  }
  static void expect_results(const std::vector<CallPtr>& calls) {
    for (const CallPtr& call : calls) {
      ASSERT_TRUE(call->settled()) << call->id;
      ASSERT_TRUE(call->wait().ok()) << call->wait().error();
      EXPECT_EQ(call->wait().json(), id(call));
    }
  }
};

TEST_F(Pipelining, SendsQuickCallsAheadOfTheirTurn) {
  const auto calls = start_line(5);
  FakeHost& host = *hosts_.at(0);
  for (const CallPtr& call : calls) {
    const std::string id = host.take_call();
    EXPECT_EQ(id, this->id(call)) << "in their order";
    host.respond(id, id);
  }
  turn();
  expect_results(calls);
  EXPECT_EQ(stats().hosts[0].calls, 6U);
}

TEST_F(Pipelining, CountsThemAsQueuedUntilItIsTheirTurn) {
  const auto calls = start_line(5);
  EXPECT_EQ(parts_->queue.size(), 0U);
  EXPECT_EQ(stats().queued, 4U);
  EXPECT_EQ(stats().hosts[0].in_flight, 1);
  EXPECT_EQ(calls[0]->host, 1);
  EXPECT_EQ(calls[1]->host, 0) << "not running";
  hosts_[0]->respond(hosts_[0]->take_call(), "1");
  turn();
  EXPECT_EQ(calls[1]->host, 1);
  EXPECT_EQ(stats().queued, 3U);
}

TEST_F(Pipelining, SendsNothingAheadWhileCallsAreNotKnownToBeQuick) {
  options_.workers = 1;
  FakeHost& host = start_ready();
  host.take_recalls();
  submit_many(3);
  turn();
  host.take_call();
  EXPECT_FALSE(host.has_message());
}

TEST_F(Pipelining, SendsNothingAheadOfSlowCalls) {
  start_quick();
  const CallPtr slow = submit();
  turn();
  now_ += seconds(0.01);
  hosts_[0]->respond(hosts_[0]->take_call(), "1");
  turn();
  EXPECT_TRUE(slow->settled());
  submit_many(3);
  turn();
  hosts_[0]->take_call();
  EXPECT_FALSE(hosts_[0]->has_message());
}

TEST_F(Pipelining, SendsNothingAheadToAHostThatTakesNoRecalls) {
  FakeHost& host = start_ready();
  submit();
  turn();
  host.respond(host.take_call(), "1");
  turn();
  submit_many(3);
  turn();
  host.take_call();
  EXPECT_FALSE(host.has_message());
}

TEST_F(Pipelining, SendsNothingAheadWhenOutputIsCaptured) {
  options_.capture = true;
  start_quick();
  submit_many(3);
  turn();
  hosts_[0]->take_call();
  EXPECT_FALSE(hosts_[0]->has_message());
}

TEST_F(Pipelining, FillsIdleHostsFirst) {
  start_quick(2);
  submit_many(2);
  turn();
  for (const auto& host : hosts_) EXPECT_EQ(take_all(*host).size(), 1U);
}

TEST_F(Pipelining, SendsNoMoreThanTheWindow) {
  start_quick();
  submit_many(300);
  turn();
  EXPECT_EQ(take_all(*hosts_[0]).size(), 1 + CallWindow::kMaxCalls);
}

TEST_F(Pipelining, SendsNoMoreCallsThanTheHostMayGet) {
  options_.max_calls_per_host = 3;
  start_quick();
  submit_many(5);
  turn();
  EXPECT_LE(take_all(*hosts_[0]).size(), 2U) << "it has had one";
}

// --- a call that turns out slow

TEST_F(Pipelining, GivesTheCallsBehindASlowOneToAnotherHost) {
  const auto calls = start_line(6, {}, 2);
  FakeHost& slow = *hosts_[0];
  FakeHost& quick = *hosts_[1];
  const std::string first = slow.take_call();
  const auto second = run_all(quick);
  turn(0.003);
  const auto rest = run_all(quick);
  EXPECT_EQ(second.size() + rest.size(), 5U);
  EXPECT_THAT(take_all(slow), ElementsAre(HasSubstr("recalled"), HasSubstr("recalled")));
  slow.respond(first, first);
  turn();
  expect_results(calls);
}

TEST_F(Pipelining, TellsNobodyOfCallsThatCameBack) {
  const auto calls = start_line(4, {}, 2);
  hosts_[0]->take_call();
  turn(0.003);
  for (const CallPtr& call : calls) EXPECT_EQ(call->redeliveries, 0);
  EXPECT_EQ(stats().failed, 0U);
  EXPECT_EQ(stats().restarts, 0U);
}

TEST_F(Pipelining, GivesACallToTheSameHostAgain) {
  const auto calls = start_line(4, {}, 2);
  FakeHost& slow = *hosts_[0];
  hosts_[1]->exit({SIGKILL, {}});  // unread: all of its calls come back
  const std::string first = slow.take_call();
  turn(0.003);
  slow.respond(first, first);
  EXPECT_EQ(run_all(slow).size(), 3U);
  for (const CallPtr& call : calls) EXPECT_TRUE(call->settled()) << call->id;
}

// --- timeouts, cancellation, deadlines

TEST_F(Pipelining, EndsACallInTimeWhoseHostNeverBeginsIt) {
  const auto calls = start_line(4, {.timeout = 10}, 2);
  FakeHost& wedged = *hosts_[0];
  run_all(*hosts_[1]);
  for (int i = 0; i < 10; ++i) {
    turn(0.5);
    run_all(*hosts_[1]);
  }
  EXPECT_EQ(std::ranges::count_if(calls, [](const CallPtr& call) { return call->settled(); }), 3);
  turn(5.7);
  for (const CallPtr& call : calls) ASSERT_TRUE(call->settled()) << "its time went on";
  EXPECT_EQ(std::ranges::count_if(calls, [](const CallPtr& call) { return call->wait().ok(); }), 3);
  EXPECT_TRUE(wedged.has_control_message());
}

TEST_F(Pipelining, RunsTheCallsBehindOneThatTimesOutElsewhere) {
  const auto calls = start_line(3, {.timeout = 10});
  hosts_[0]->take_call();
  turn(10.7);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kTimeout);
  EXPECT_THAT(take_all(*hosts_[0]), ElementsAre("recalled " + id(calls[1]), "recalled " + id(calls[2])));
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_[1]->ready();
  EXPECT_EQ(run_all(*hosts_[1]), ids({calls[1], calls[2]}));
}

TEST_F(Pipelining, GivesEachCallItsWholeTimeout) {
  const auto calls = start_line(3, {.timeout = 10});
  FakeHost& host = *hosts_[0];
  turn(9);
  host.respond(host.take_call(), "1");
  turn();
  turn(9);
  EXPECT_FALSE(calls[1]->settled()) << "its time began with its turn";
  const std::string second = host.take_call();
  host.respond(second, second);
  turn();
  EXPECT_TRUE(calls[1]->wait().ok());
}

TEST_F(Pipelining, KeepsAHostThatIsTooLateForItsFirstCallAndHadNotBegunIt) {
  const auto calls = start_line(2, {.timeout = 10});
  turn(10.7);  // it reads nothing, and obeys late
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kTimeout);
  EXPECT_THAT(take_all(*hosts_[0]), ElementsAre("recalled " + id(calls[0]), "recalled " + id(calls[1])));
  turn();
  EXPECT_TRUE(hosts_[0]->signals().empty());
}

TEST_F(Pipelining, CancelsACallThatIsOnlyInTheLine) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  parts_->cancellations.request(calls[1], CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kCancelled);
  EXPECT_FALSE(host.has_control_message()) << "the call that runs is not disturbed";
  host.respond(first, first);
  EXPECT_EQ(run_all(host), ids({calls[2]}));
  expect_results({calls[0], calls[2]});
}

TEST_F(Pipelining, WithdrawsACallThatIsOnlyInTheLine) {
  const auto calls = start_line(2);
  const std::string first = hosts_[0]->take_call();
  for (const CallPtr& call : calls) parts_->cancellations.request(call, CallState::CancelRequest::kWithdraw);
  turn();
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kCancelled);
  EXPECT_FALSE(calls[0]->settled()) << "a host runs it";
  hosts_[0]->respond(first, first);
  turn();
  EXPECT_TRUE(calls[0]->wait().ok());
}

TEST_F(Pipelining, CancelsTheCallThatRunsAndNoOther) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  parts_->cancellations.request(calls[0], CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kCancelled);
  EXPECT_THAT(host.control_message(), HasSubstr("cancel"));
  EXPECT_THAT(take_all(host), ElementsAre("recalled " + id(calls[1]), "recalled " + id(calls[2])));
  host.respond(first, "0");
  EXPECT_EQ(run_all(host), ids({calls[1], calls[2]}));
  expect_results({calls[1], calls[2]});
}

TEST_F(Pipelining, CancelsACallThatTheHostHasBegunMeanwhile) {
  const auto calls = start_line(2);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.respond(first, first);
  host.take_call();  // the pool has not read the response yet
  parts_->cancellations.request(calls[1], CallState::CancelRequest::kCancel);
  turn();
  expect_results({calls[0]});
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kCancelled);
  EXPECT_THAT(host.control_message(), HasSubstr("cancel")) << "its code runs";
}

TEST_F(Pipelining, HoldsTheDeadlineOfACallInTheLine) {
  start_quick();
  const auto calls = submit_many(3, {.deadline = 5});
  const CallPtr patient = submit();
  turn();
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  turn(6);
  for (const CallPtr& call : calls) EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_THAT(calls[1]->wait().error().message, HasSubstr("queue"));
  host.respond(first, first);
  run_all(host);
  expect_results({patient});
}

// --- responses that the host has collected

TEST_F(Pipelining, TakesResponsesThatTheHostHasNotSent) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  for (int i = 0; i < 2; ++i) {
    const std::string id = host.take_call();
    host.collect(id, id);
  }
  turn();
  expect_results({calls[0], calls[1]});
  const std::string last = host.take_call();
  host.respond(last, last);
  turn();
  expect_results(calls);
}

TEST_F(Pipelining, TakesThemAfterThoseThatTheHostHasSent) {
  const auto calls = start_line(4);
  FakeHost& host = *hosts_[0];
  for (int i = 0; i < 3; ++i) {
    const std::string id = host.take_call();
    host.collect(id, id);
    if (i == 1) host.send_collected();
  }
  turn();
  expect_results({calls[0], calls[1], calls[2]});
  EXPECT_EQ(stats().hosts[0].in_flight, 1);
}

TEST_F(Pipelining, TakesThemInTimeWhenTheNextCallIsSlow) {
  const auto calls = start_line(3);
  turn(0.0005);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.take_call();
  host.collect(first, first);
  run_timers(0.002);
  expect_results({calls[0]});
}

TEST_F(Pipelining, TakesThemInTimeFromAHostThatWasHeldUp) {
  const auto calls = start_line(2);
  turn(0.1);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.take_call();
  host.collect(first, first);
  run_timers(0.1);
  expect_results({calls[0]});
}

TEST_F(Pipelining, IsNotWokenAllTheTimeForALineBehindASlowCall) {
  start_quick();
  submit_many(2);
  turn();
  hosts_[0]->take_call();
  EXPECT_LT(run_timers(10), 500);
}

TEST_F(Pipelining, TakesNothingFromAnIdleHostThatDies) {
  const auto calls = start_line(2);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  parts_->cancellations.request(calls[1], CallState::CancelRequest::kCancel);
  turn();
  host.respond(first, first);
  turn();
  EXPECT_EQ(host.take_call(), "recalled " + id(calls[1]));  // which nobody reads
  host.exit({SIGKILL, {}});
  turn();
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U) << "and no violation of the protocol";
}

TEST_F(Pipelining, TakesThemFromAHostThatRetires) {
  options_.max_calls_per_host = 4;
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  const std::string second = host.take_call();
  hosts_.at(1)->ready();
  turn();
  host.collect(first, first);
  turn(0.002);
  expect_results({calls[0]});
  host.respond(second, second);
  turn();
  expect_results({calls[0], calls[1]});
}

TEST_F(Pipelining, CountsWhatAHostHadCollectedBeforeItDied) {
  const auto calls = start_line(4);
  FakeHost& host = *hosts_[0];
  for (int i = 0; i < 2; ++i) {
    const std::string id = host.take_call();
    host.collect(id, id);
  }
  host.take_call();
  host.exit({SIGKILL, {}});
  turn();
  expect_results({calls[0], calls[1]});
  EXPECT_EQ(kind_of(calls[2]), ErrorKind::kHostCrashed);
  EXPECT_FALSE(calls[3]->settled());
}

TEST_F(Pipelining, CountsThemForACallWhoseTimeIsUp) {
  const auto calls = start_line(2, {.timeout = 10});
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.take_call();
  now_ += seconds(9.9);
  host.collect(first, first);
  turn(0.2);
  expect_results({calls[0]});
  EXPECT_FALSE(calls[1]->settled());
}

TEST_F(Pipelining, CountsThemForACallThatIsCancelledLate) {
  const auto calls = start_line(2);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.take_call();
  host.collect(first, first);
  parts_->cancellations.request(calls[0], CallState::CancelRequest::kCancel);
  turn();
  expect_results({calls[0]});
  EXPECT_FALSE(host.has_control_message()) << "the call that runs is not disturbed";
}

TEST_F(Pipelining, CountsThemWhenRunningCallsAreAborted) {
  const auto calls = start_line(4);
  FakeHost& host = *hosts_[0];
  for (int i = 0; i < 2; ++i) {
    const std::string id = host.take_call();
    host.collect(id, id);
  }
  host.take_call();
  close(0);
  turn();
  expect_results({calls[0], calls[1]});
  for (const CallPtr& call : {calls[2], calls[3]}) EXPECT_EQ(kind_of(call), ErrorKind::kShuttingDown);
  EXPECT_EQ(stats().hosts[0].calls, 3U);
}

TEST_F(Pipelining, EndsAHostWhoseResponseRingCannotBe) {
  const auto calls = start_line(2);
  FakeHost& host = *hosts_[0];
  host.take_call();
  host.memory().responses.end += wire::ResponseRing::kCapacity + 1;
  turn(5);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kProtocolError);
  EXPECT_THAT(calls[0]->wait().error().message, HasSubstr("response ring"));
  hosts_.back()->ready();
  EXPECT_EQ(run_all(*hosts_.back()), ids({calls[1]}));
}

TEST_F(Pipelining, EndsAHostWhoseResponseRingHoldsNoFrames) {
  const auto calls = start_line(2);
  FakeHost& host = *hosts_[0];
  host.take_call();
  host.memory().responses.end += 4;  // four bytes of zero: a frame of length 0
  turn(5);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kProtocolError);
  hosts_.back()->ready();
  EXPECT_EQ(run_all(*hosts_.back()), ids({calls[1]}));
}

// --- hosts that die

TEST_F(Pipelining, BlamesTheCallThatRanWhenAHostDies) {
  const auto calls = start_line(4);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.respond(first, first);
  host.take_call();
  host.exit({SIGSEGV, {}});
  turn();
  expect_results({calls[0]});
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kHostCrashed);
  EXPECT_FALSE(calls[2]->settled());
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_[1]->ready();
  EXPECT_EQ(run_all(*hosts_[1]), ids({calls[2], calls[3]}));
  expect_results({calls[2], calls[3]});
}

TEST_F(Pipelining, NeverFailsACallForTheCrashesOfThoseBeforeIt) {
  options_.max_consecutive_crashes = 100;
  start_quick();
  const auto calls = submit_many(8);
  for (std::size_t i = 0; i < 7; ++i) {
    turn(1);
    FakeHost& host = *hosts_.back();
    if (i > 0) {
      host.ready();
      host.take_recalls();
      turn();
    }
    EXPECT_EQ(host.take_call(), id(calls[i]));
    host.exit({SIGSEGV, {}});
    turn();
    EXPECT_EQ(kind_of(calls[i]), ErrorKind::kHostCrashed);
  }
  turn(60);
  hosts_.back()->ready();
  run_all(*hosts_.back());
  expect_results({calls[7]});
}

TEST_F(Pipelining, TakesAllCallsBackFromAHostThatLivesOnWithoutItsChannel) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  host.take_call();
  host.close_calls();
  turn();
  EXPECT_FALSE(wire::begin_call(host.record().recall, static_cast<std::uint32_t>(host.record().calls_read + 1)))
      << "what it has received it must not begin any more";
  host.exit({{}, 70});
  turn(5);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kHostCrashed);
  hosts_.back()->ready();
  EXPECT_EQ(run_all(*hosts_.back()), ids({calls[1], calls[2]}));
}

TEST_F(Pipelining, FailsOnlyTheCallsThatAHostHadBegunWhenItBreaksTheProtocol) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  host.take_call();
  host.send("{}");
  turn(5);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kProtocolError);
  hosts_.back()->ready();
  EXPECT_EQ(run_all(*hosts_.back()), ids({calls[1], calls[2]}));
}

TEST_F(Pipelining, TakesAResponseAheadOfItsTurnForAViolation) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  host.take_call();
  host.respond(id(calls[2]), "1");
  turn();
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kProtocolError);
  EXPECT_THAT(calls[0]->wait().error().message, HasSubstr("ahead of its turn"));
}

TEST_F(Pipelining, TakesARecordThatCannotBeForAViolation) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  host.respond(first, first);
  turn();
  host.take_call();
  host.record().recall = 0;  // user code can write it
  parts_->cancellations.request(calls[2], CallState::CancelRequest::kCancel);
  turn();
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kProtocolError);
  EXPECT_TRUE(calls[2]->settled());
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
}

// --- hosts that are asked to end

TEST_F(Pipelining, SettlesAllWhenThePoolIsShutDownAtOnce) {
  const auto calls = start_line(3);
  const std::string first = hosts_[0]->take_call();
  close(0);
  turn();
  for (const CallPtr& call : calls) EXPECT_EQ(kind_of(call), ErrorKind::kShuttingDown);
  EXPECT_THAT(take_all(*hosts_[0]), ElementsAre("recalled " + id(calls[1]), "recalled " + id(calls[2])));
}

TEST_F(Pipelining, FinishesAllWhileThePoolDrains) {
  const auto calls = start_line(3);
  close(100);
  EXPECT_EQ(run_all(*hosts_[0]), ids(calls));
  expect_results(calls);
  EXPECT_TRUE(hosts_[0]->is_told_to_end());
}

TEST_F(Pipelining, LeavesTheCallsAheadToTheReplacementOfARecycledHost) {
  options_.max_calls_per_host = 10;
  const auto calls = start_line(9);
  FakeHost& old = *hosts_[0];
  while (hosts_.size() == 1 && old.has_message()) {
    const std::string id = old.take_call();
    old.respond(id, id);
    turn();
  }
  ASSERT_EQ(hosts_.size(), 2U) << "a replacement";
  hosts_[1]->ready();
  turn();
  std::vector<std::string> rest = run_all(old);
  for (const std::string& id : run_all(*hosts_[1])) rest.push_back(id);
  expect_results(calls);
}

// --- keys

TEST_F(Pipelining, KeepsTheOrderOfCallsWithOneKey) {
  start_quick();
  std::vector<CallPtr> calls;
  for (int i = 0; i < 6; ++i) {
    Call call = Call::api_call("x");
    call.affinity = i % 2 == 0 ? "a" : "b";
    calls.push_back(std::make_shared<CallState>(++last_id_, Submission{.call = call}, CallLimits{}, now_, nullptr));
    EXPECT_FALSE(parts_->queue.push(calls.back(), {}));
  }
  EXPECT_EQ(run_all(*hosts_[0]).size(), 6U);
  expect_results(calls);
}

TEST_F(Pipelining, GivesANewKeyToAnotherHostWhenTheCallBeforeItIsSlow) {
  start_quick(2);
  const auto submit_with_key = [this](const std::string& key) {
    Call call = Call::api_call("x");
    call.affinity = key;
    auto state = std::make_shared<CallState>(++last_id_, Submission{.call = call}, CallLimits{}, now_, nullptr);
    EXPECT_FALSE(parts_->queue.push(state, {}));
    turn();
    return state;
  };
  for (const std::string key : {"a", "b", "c"}) {
    submit_with_key(key);
    for (const auto& host : hosts_) run_all(*host);
  }
  const auto plain = submit_many(2);  // the first host has more keys
  turn();
  const std::string quick = hosts_[0]->take_call();
  hosts_[1]->take_call();
  hosts_[0]->respond(quick, quick);
  turn();
  const CallPtr call = submit_with_key("new");
  ASSERT_TRUE(hosts_[1]->has_message()) << "behind a call that seems to be quick";
  turn(0.01);
  EXPECT_EQ(run_all(*hosts_[0]), ids({call}));
  expect_results({plain[0], call});
}

// --- what hosts say of calls that were taken back

TEST_F(Pipelining, KeepsAHostThatGivesACallBackBeforeItsStacksCome) {
  const auto calls = start_line(2, {.timeout = 10});
  turn(10.01);  // it has read nothing yet
  EXPECT_FALSE(calls[0]->settled()) << "its stacks may come";
  EXPECT_EQ(take_all(*hosts_[0]).front(), "recalled " + id(calls[0]));
  turn(1);
  EXPECT_EQ(kind_of(calls[0]), ErrorKind::kTimeout);
  EXPECT_EQ(run_all(*hosts_[0]), ids({calls[1]}));
  turn(30);
  EXPECT_TRUE(hosts_[0]->signals().empty()) << "it runs nothing that could be hanging";
}

TEST_F(Pipelining, KillsAHostThatGaveACallBackAndHangsInItNow) {
  const auto calls = start_line(3);
  FakeHost& host = *hosts_[0];
  const std::string first = host.take_call();
  parts_->cancellations.request(calls[2], CallState::CancelRequest::kCancel);
  turn();
  host.respond(first, first);
  turn();
  EXPECT_EQ(host.take_call(), "recalled " + id(calls[1]));
  EXPECT_EQ(host.take_call(), "recalled " + id(calls[2]));
  EXPECT_EQ(host.take_call(), id(calls[1])) << "sent again";
  parts_->cancellations.request(calls[1], CallState::CancelRequest::kCancel);
  turn(60);
  EXPECT_EQ(kind_of(calls[1]), ErrorKind::kCancelled);
  EXPECT_FALSE(host.signals().empty());
}

// --- limits

TEST_F(Pipelining, GivesUpACallWhoseHostsDieBeforeTheyBeginIt) {
  options_.max_consecutive_crashes = 100;
  start_quick();
  const CallPtr call = submit();
  for (int i = 0; i < 10 && !call->settled(); ++i) {
    turn(60);
    FakeHost& host = *hosts_.back();
    if (i > 0) {
      host.ready();
      host.take_recalls();
      turn();
    }
    host.exit({SIGSEGV, {}});
    turn();
  }
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
}

TEST_F(Pipelining, TriesNoInputThatIsInQuarantineByNow) {
  options_.quarantine_after = 1;
  start_quick(2);
  std::vector<CallPtr> calls;
  for (int i = 0; i < 4; ++i) {
    Call call = Call::api_call("x");
    call.input = i % 3 == 0 ? 77 : 1;
    calls.push_back(std::make_shared<CallState>(++last_id_, Submission{.call = call}, CallLimits{}, now_, nullptr));
    EXPECT_FALSE(parts_->queue.push(calls.back(), {}));
  }
  turn();
  EXPECT_EQ(hosts_[0]->take_call(), id(calls[0]));
  EXPECT_EQ(hosts_[1]->take_call(), id(calls[1]));
  ASSERT_TRUE(hosts_[1]->has_message());
  hosts_[0]->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(calls[3]), ErrorKind::kQuarantined);
  EXPECT_FALSE(calls[1]->settled());
}

}  // namespace
}  // namespace provider_host::internal
