// Calls with an affinity key, in a pool: what becomes of them when hosts are busy, end, or are recycled.
#include <csignal>
#include <set>
#include <thread>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;

Call keyed(const std::string& text, const std::string& key) {
  Call call = echo_call(text);
  call.affinity = key;
  return call;
}

class AffinityTest : public EachConcurrency {
 protected:
  PoolOptions two_hosts(const std::string& child) {
    PoolOptions options = options_for(child);
    options.workers = 2;
    return options;
  }
  Pending submit(Pool& pool, const std::string& text, const std::string& key) {
    return pool.submit(keyed(text, key), settlings_.expect(text));
  }
  Gate gate_{script()};
};
INSTANTIATE_TEST_SUITE_P(Pool, AffinityTest, kEachConcurrency, concurrency_name);

TEST_P(AffinityTest, CallsOfAKeyStayOnOneHostInTheirOrder) {
  Pool pool(two_hosts("echo"));
  wait_until_all_are_ready(pool);
  std::vector<Pending> pending;
  for (int turn = 0; turn < 50; ++turn) {
    for (const char* key : {"a", "b", "c"}) pending.push_back(submit(pool, key + std::to_string(turn), key));
    pending.push_back(pool.submit(echo_call("plain")));
  }
  std::map<std::string, std::set<int>> pids;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    ASSERT_TRUE(pending[i].get()) << pending[i].get().error();
    if (i % 4 < 3) pids[std::string(1, "abc"[i % 4])].insert(pending[i].get().pid);
  }
  for (const auto& [key, hosts] : pids) EXPECT_EQ(hosts.size(), 1U) << key;
  EXPECT_NE(pids["a"], pids["b"]) << "a host without keys gets the next one";
  EXPECT_TRUE(settlings_.each_once());
  std::map<char, int> turns;
  for (const std::string& text : settlings_.order()) EXPECT_EQ(std::stoi(text.substr(1)), turns[text[0]]++) << text;
  EXPECT_EQ(pool.stats().affinity_moves, 0U);
}

TEST_P(AffinityTest, BlockingCallsKeepToTheirHostToo) {
  Pool pool(two_hosts("echo"));
  wait_until_all_are_ready(pool);
  std::set<int> pids;
  std::thread others([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.call(echo_call("plain")));
  });
  for (int i = 0; i < 100; ++i) pids.insert(pool.call(keyed("x", "a")).pid);
  others.join();
  EXPECT_EQ(pids.size(), 1U);
}

TEST_P(AffinityTest, ACallThatWaitsForItsKeyHoldsNobodyUp) {
  Pool pool(two_hosts("gated"));
  wait_until_all_are_ready(pool);
  const Pending first = submit(pool, "gate", "a");
  log_.wait_for("got [\"gate\"]");
  const Pending second = submit(pool, "second", "a");
  expect_echo(pool.call(echo_call("plain")), "plain");
  expect_echo(pool.submit(echo_call("queued")).get(), "queued");
  expect_echo(pool.call(keyed("other", "b")), "other");
  EXPECT_FALSE(second.done());
  EXPECT_EQ(pool.stats().queued, 1U);
  gate_.open();
  expect_echo(second.get(), "second");
  EXPECT_EQ(second.get().pid, first.get().pid);
}

TEST_P(AffinityTest, WhenItsHostDiesAKeyGoesOnElsewhereWithAWarning) {
  Pool pool(two_hosts("gated"));
  wait_until_all_are_ready(pool);
  const int pid = pool.call(keyed("1", "a")).pid;
  const Pending running = submit(pool, "gate", "a");
  const Pending waiting = submit(pool, "next", "a");
  log_.wait_for("got [\"gate\"]");
  ::kill(pid, SIGKILL);
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kHostCrashed);
  expect_echo(waiting.get(), "next");
  EXPECT_NE(waiting.get().pid, pid);
  EXPECT_EQ(pool.stats().affinity_moves, 1U);
  const std::string told = log_.wait_for("affinity key 'a' goes on in host");
  EXPECT_NE(told.find("(pid " + std::to_string(pid) + ") has ended, and with it the state of 1 affinity key;"),
            std::string::npos)
      << told;
  EXPECT_EQ(pool.call(keyed("3", "a")).pid, waiting.get().pid);
  EXPECT_EQ(pool.stats().affinity_moves, 1U);
}

TEST_P(AffinityTest, ACallThatIsTriedAgainStaysBeforeTheOthersOfItsKey) {
  PoolOptions options = options_for("scripted");  // only the first process does as it is told
  options.retries = 1;
  options.retry_backoff = 0.01;
  Pool pool(std::move(options));
  const Pending killer = submit(pool, "die", "a");
  const Pending next = submit(pool, "next", "a");
  for (int i = 1; i < GetParam(); ++i)
    pool.submit(echo_call("other"));  // the child waits for as many calls as it may have
  settlings_.wait_for(2);
  EXPECT_TRUE(next.get()) << next.get().error();
  if (GetParam() == 1) {
    EXPECT_TRUE(killer.get()) << killer.get().error();
  }
  EXPECT_THAT(settlings_.order(), ElementsAre("die", "next"));
}

TEST_P(AffinityTest, RecyclingAHostMovesItsKeys) {
  PoolOptions options = options_for("echo");
  options.max_calls_per_host = 5;
  Pool pool(std::move(options));
  std::set<int> pids;
  while (pids.size() < 2) pids.insert(pool.call(keyed("x", "a")).pid);
  EXPECT_EQ(pool.stats().affinity_moves, 1U);
}

TEST_P(AffinityTest, WaitingCallsOfAKeyCanBeCancelledAndHaveTheirDeadline) {
  Pool pool(options_for("gated"));
  const Pending first = submit(pool, "gate", "a");
  const Pending second = submit(pool, "second", "a");
  Call hasty = keyed("third", "a");
  hasty.deadline = 0.05;
  const Pending third = pool.submit(hasty);
  const Pending last = submit(pool, "last", "a");
  EXPECT_TRUE(second.cancel());
  EXPECT_EQ(kind_of(second.get()), ErrorKind::kCancelled);
  EXPECT_EQ(kind_of(third.get()), ErrorKind::kTimeout);
  EXPECT_EQ(third.get().error().phase, "queued");
  log_.wait_for("got [\"gate\"]");
  EXPECT_TRUE(last.withdraw());
  EXPECT_TRUE(first.withdraw());
  EXPECT_EQ(kind_of(last.get()), ErrorKind::kCancelled);
  gate_.open();
  expect_echo(first.get(), "gate");
  EXPECT_FALSE(log_.has("got [\"last\"]"));
}

TEST_P(AffinityTest, ShutdownDrainsTheCallsOfAKeyAndSettlesWhatIsLeft) {
  Pool drained(two_hosts("echo"));
  std::vector<Pending> pending;
  for (int i = 0; i < 20; ++i) pending.push_back(drained.submit(keyed(std::to_string(i), "a")));
  drained.shutdown(1000);
  for (int i = 0; i < 20; ++i) expect_echo(pending[static_cast<std::size_t>(i)].get(), std::to_string(i));

  Pool cut(two_hosts("gated"));
  const Pending first = cut.submit(keyed("gate", "a"));
  const Pending second = cut.submit(keyed("second", "a"));
  cut.shutdown(0);
  EXPECT_EQ(kind_of(first.get()), ErrorKind::kShuttingDown);
  EXPECT_EQ(kind_of(second.get()), ErrorKind::kShuttingDown);
}

TEST_P(AffinityTest, AKeyHasALengthThatCanBeRemembered) {
  Pool pool(options_for("echo"));
  EXPECT_TRUE(pool.call(keyed("x", std::string(1024, 'k'))));
  const Outcome outcome = pool.call(keyed("x", std::string(1025, 'k')));
  EXPECT_EQ(kind_of(outcome), ErrorKind::kInvalidRequest);
  EXPECT_EQ(outcome.error().message, "the affinity key has 1025 bytes, more than 1024");
}

}  // namespace
}  // namespace provider_host
