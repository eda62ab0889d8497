// What happens to one of several calls in a host must not be noticed by the others, unless the host itself ends.
#include <csignal>
#include <stdexcept>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SeveralInFlightTest : public SeveralInFlight {
 protected:
  void expect_replacement(Pool& pool, int dead_pid) {
    const Outcome next = pool.call(echo_call("next"));
    expect_echo(next, "next");
    EXPECT_NE(next.pid, dead_pid);
  }
};

TEST_F(SeveralInFlightTest, AreCompletedInAnyOrder) {
  Pool pool(options_for("out_of_order"));
  for (int round = 0; round < 10; ++round) {
    Settlings settlings;
    std::vector<Pending> pending;
    for (const char* name : {"1", "2", "3", "4"})
      pending.push_back(pool.submit(echo_call(name), settlings.expect(name)));
    settlings.wait_for(4);
    EXPECT_THAT(settlings.order(), ElementsAre("4", "3", "2", "1"));
    for (int i = 0; i < 4; ++i) expect_echo(pending[static_cast<std::size_t>(i)].get(), std::to_string(i + 1));
  }
  EXPECT_EQ(pool.stats().restarts, 0U);
}

TEST_F(SeveralInFlightTest, MeanThatOneErrorIsOneCallsOwn) {
  Pool pool(options_for("scripted"));
  const auto calls = submit_all(pool, {"a", "raise", "b", "c"});
  expect_echo(calls[0].get(), "a");
  ASSERT_EQ(kind_of(calls[1].get()), ErrorKind::kPythonException);
  EXPECT_EQ(calls[1].get().error().message, "boom");
  expect_echo(calls[2].get(), "b");
  expect_echo(calls[3].get(), "c");
  EXPECT_EQ(pool.call(echo_call("next")).pid, calls[0].get().pid);
}

TEST_F(SeveralInFlightTest, KeepWhatWasCompletedBeforeTheHostDied) {
  Pool pool(options_for("scripted"));
  const auto calls = submit_all(pool, {"a", "twice", "die", "b"});
  expect_echo(calls[0].get(), "a");
  expect_echo(calls[1].get(), "twice");
  for (const int i : {2, 3}) {
    const Outcome& outcome = calls[static_cast<std::size_t>(i)].get();
    ASSERT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
    EXPECT_EQ(outcome.error().signal, SIGKILL);
    EXPECT_EQ(outcome.pid, calls[0].get().pid);
  }
  expect_replacement(pool, calls[0].get().pid);
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_EQ(pool.stats().succeeded, 3U);
  EXPECT_EQ(pool.stats().failed, 2U);
}

TEST_F(SeveralInFlightTest, KeepWhatWasCompletedBeforeTheHostBrokeTheProtocol) {
  Pool pool(options_for("scripted"));
  const auto calls = submit_all(pool, {"a", "lie", "b", "c"});
  expect_echo(calls[0].get(), "a");
  for (const int i : {1, 2, 3}) {
    const Outcome& outcome = calls[static_cast<std::size_t>(i)].get();
    ASSERT_EQ(kind_of(outcome), ErrorKind::kProtocolError);
    EXPECT_THAT(outcome.error().message, HasSubstr("a response to call 999999, which it never got"));
  }
  expect_replacement(pool, calls[0].get().pid);
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(SeveralInFlightTest, LeaveTheQueueToTheReplacementWhenTheHostDies) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"gate die", "a", "b", "c"});
  const auto queued = submit_all(pool, {"d", "e", "f", "g", "h", "i"});
  gate.open();
  for (const Pending& call : calls) EXPECT_EQ(kind_of(call.get()), ErrorKind::kHostCrashed);
  const std::vector<std::string> texts{"d", "e", "f", "g", "h", "i"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    expect_echo(queued[i].get(), texts[i]);
    EXPECT_NE(queued[i].get().pid, calls[0].get().pid);
  }
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_EQ(pool.stats().restarts, 1U);
}

TEST_F(SeveralInFlightTest, TakeTwoRespondsToToOneCallForOne) {
  Pool pool(options_for("responds_twice"));
  std::vector<Pending> pending;
  for (int i = 0; i < 200; ++i) {
    const std::string name = std::to_string(i);
    pending.push_back(pool.submit(echo_call(name), settlings_.expect(name)));
  }
  for (int i = 0; i < 200; ++i) expect_echo(pending[static_cast<std::size_t>(i)].get(), std::to_string(i));
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_EQ(pool.stats().restarts, 0U);
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(SeveralInFlightTest, AreNotSettledByHalfAFrame) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_all(pool, {"a", "halves", "b", "c"});
  log_.wait_for("half of [\"halves\"]");
  expect_echo(calls[0].get(), "a");
  for (const int i : {1, 2, 3}) EXPECT_FALSE(calls[static_cast<std::size_t>(i)].done());
  gate.open();
  expect_echo(calls[1].get(), "halves");
  expect_echo(calls[2].get(), "b");
  expect_echo(calls[3].get(), "c");
  EXPECT_EQ(pool.call(echo_call("next")).pid, calls[0].get().pid);
}

TEST_F(SeveralInFlightTest, GoToTheNextHostWhenTheirsDiesWithoutReadingThem) {
  Pool pool(options_for("all_undelivered"));
  const int old_pid = pool.stats().hosts.at(0).pid;
  const auto calls = submit_all(pool, {"a", "b", "c", "d"});
  for (std::size_t i = 0; i < calls.size(); ++i) {
    expect_echo(calls[i].get(), std::string(1, static_cast<char>('a' + i)));
    EXPECT_NE(calls[i].get().pid, old_pid);
  }
  pool.shutdown();
  EXPECT_TRUE(settlings_.each_once());
}

TEST_F(SeveralInFlightTest, AreSettledWhenTheHostClosesItsChannelAndOneOfThemIsGivenUp) {
  bool was_given_up = false;
  while (!was_given_up) {  // on a busy machine all of them are settled before
    std::filesystem::remove(script().string() + ".marker");
    PoolOptions options = options_for("scripted");
    LogLines lines;
    options.log = [&lines](const LogLine& line) { lines.add(line); };
    Settlings settlings;
    Pool pool(std::move(options));
    std::vector<Pending> calls;
    for (const char* name : {"close", "a", "b", "c"}) {
      calls.push_back(pool.submit(echo_call(name), settlings.expect(name)));
    }
    lines.wait_for("closed");
    calls[1].cancel();
    was_given_up = kind_of(calls[1].get()) == ErrorKind::kCancelled;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Outcome& outcome = calls[i].get();
      const bool is_given_up = i == 1 && was_given_up;
      ASSERT_EQ(kind_of(outcome), is_given_up ? ErrorKind::kCancelled : ErrorKind::kProtocolError);
      if (is_given_up) continue;
      EXPECT_THAT(outcome.error().message, HasSubstr("closed its call channel"));
    }
    expect_replacement(pool, calls[0].get().pid);
    pool.shutdown();
    EXPECT_TRUE(settlings.each_once());
  }
}

TEST_F(SeveralInFlightTest, MoveManyMegabytesBesideSmallTexts) {
  Pool pool(options_for("echo"));
  std::vector<std::string> texts;
  for (int i = 0; i < 24; ++i) texts.push_back(std::to_string(i) + (i % 3 == 0 ? std::string(5'000'000, 'x') : ""));
  const auto calls = submit_all(pool, texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_TRUE(calls[i].get()) << calls[i].get().error();
    EXPECT_TRUE(calls[i].get().json() == "[\"" + texts[i] + "\"]") << "call " << i;
  }
}

TEST_F(SeveralInFlightTest, LetACallbackSubmitWhenItsHostCrashed) {
  Pool pool(options_for("segfaults_on_call"));
  for (int i = 0; i < kInFlight; ++i) {
    const std::string name = std::to_string(i);
    pool.submit(echo_call(name), [&, name](const Outcome& outcome) {
      EXPECT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
      pool.submit(echo_call("again " + name), settlings_.expect(name));
    });
  }
  settlings_.wait_for(kInFlight);
  EXPECT_THAT(settlings_.order(), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(pool.stats().succeeded, 4U);
}

TEST_F(SeveralInFlightTest, AreAllSettledWhenACallbackOfOneThrows) {
  for (const char* child : {"segfaults_on_call", "sends_not_json", "out_of_order"}) {
    std::filesystem::remove(script().string() + ".marker");
    Pool pool(options_for(child));
    const auto thrower =
        pool.submit(echo_call("x"), [](const Outcome&) { throw std::runtime_error("a caller's bug"); });
    const auto calls = submit_all(pool, {"a", "b", "c"});
    for (const Pending& call : calls) EXPECT_EQ(call.get().host, 1);
    EXPECT_EQ(thrower.get().host, 1);
    for (const Outcome& outcome : call_at_once(pool, kInFlight)) expect_echo(outcome, "x");
  }
  EXPECT_THAT(log_.wait_for("a caller's bug"), HasSubstr("pool: "));
}

}  // namespace
}  // namespace provider_host
