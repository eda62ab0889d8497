#include "provider_host/pool.h"

#include <cmath>
#include <stdexcept>
#include <thread>

#include "helpers/gate.h"
#include "helpers/open_descriptors.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class PoolTest : public ChildPool {};

TEST_F(PoolTest, RespondsToACall) {
  Pool pool(options_for("echo"));
  const Outcome outcome = pool.call_api("Grüezi", {{"a", 1}}, {{"b", nullptr}});
  ASSERT_TRUE(outcome) << outcome.error();
  EXPECT_EQ(outcome.json(), R"(["Grüezi",{"a":1},{"b":null}])");
  EXPECT_EQ(outcome.value().at(0), "Grüezi");
  EXPECT_EQ(outcome.host, 1);
  EXPECT_EQ(outcome.pid, pool.stats().hosts.at(0).pid);
  EXPECT_GT(outcome.latency_ms, 0);
}

TEST_F(PoolTest, GivesEachApiItsArguments) {
  Pool pool(options_for("echo"));
  EXPECT_EQ(pool.call_embedding_api("x", {{"k", 1}}).json(), R"(["x",{"k":1}])");
  EXPECT_EQ(pool.call_classification_api("x").json(), R"(["x",{}])");
  EXPECT_EQ(pool.call_raw("f", " [1, 2.50] ").json(), " [1, 2.50] ");
  EXPECT_EQ(pool.call(Call::of("f", {1, "two", nullptr})).json(), R"([1,"two",null])");
}

TEST_F(PoolTest, RespondsToSubmittedCallsAndTellsTheirCallbackOnce) {
  Pool pool(options_for("echo"));
  Settlings settlings;
  std::vector<Pending> pending;
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::to_string(i);
    pending.push_back(pool.submit(echo_call(name), settlings.expect(name)));
  }
  for (int i = 0; i < 20; ++i) {
    const auto& call = pending[static_cast<std::size_t>(i)];
    EXPECT_EQ(call.id(), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(call.get().json(), "[\"" + std::to_string(i) + "\"]");
    EXPECT_TRUE(call.done());
    EXPECT_FALSE(call.cancel());
  }
  settlings.wait_for(20);
  EXPECT_TRUE(settlings.each_once());
}

TEST_F(PoolTest, LetsACallbackSubmit) {
  Pool pool(options_for("echo"));
  Settlings settlings;
  pool.submit(echo_call("first"),
              [&](const Outcome&) { pool.submit(echo_call("second"), settlings.expect("second")); });
  settlings.wait_for(1);
  EXPECT_THAT(settlings.order(), testing::ElementsAre("second"));
}

TEST_F(PoolTest, CountsWhatItDid) {
  Pool pool(options_for("raises"));
  pool.call(echo_call("x"));
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, 1U);
  EXPECT_EQ(stats.failed, 1U);
  EXPECT_EQ(stats.succeeded, 0U);
  EXPECT_EQ(stats.hosts.at(0).calls, 1U);
  EXPECT_EQ(stats.hosts.at(0).state, "ready");
  EXPECT_EQ(stats.restarts, 0U);
}

TEST_F(PoolTest, HandsErrorsOfUserCodeOn) {
  Pool pool(options_for("raises"));
  for (const Outcome& outcome : {pool.call(echo_call("x")), pool.submit(echo_call("x")).get()}) {
    ASSERT_EQ(kind_of(outcome), ErrorKind::kPythonException);
    EXPECT_EQ(outcome.error().message, "boom");
    EXPECT_EQ(outcome.error().type, "ValueError");
    EXPECT_EQ(outcome.error().path, "$.x");
    EXPECT_EQ(outcome.error().traceback, "Traceback");
  }
}

TEST_F(PoolTest, MovesManyMegabytesBothWays) {
  Pool pool(options_for("echo"));
  const std::string text(std::size_t{7} << 20, 'x');
  EXPECT_EQ(pool.call(echo_call(text)).json(), "[\"" + text + "\"]");
  EXPECT_EQ(pool.submit(echo_call(text)).get().json(), "[\"" + text + "\"]");
  EXPECT_EQ(pool.call(echo_call("small")).json(), "[\"small\"]");
}

TEST_F(PoolTest, IsNotStoppedByAHostThatPrintsALot) {
  Pool pool(options_for("prints_megabytes"));
  for (const char* text : {"a", "b", "c"}) {
    EXPECT_TRUE(pool.call(echo_call(text)).ok());
    EXPECT_TRUE(pool.submit(echo_call(text)).get().ok());
  }
}

TEST_F(PoolTest, CapturesWhatIsPrintedDuringACallInBounds) {
  PoolOptions options = options_for("prints_megabytes");
  options.capture = true;
  Pool pool(std::move(options));
  const Outcome outcome = pool.call(echo_call("a"));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome.stdout_text.starts_with("xxxx"));
  EXPECT_LE(outcome.stdout_text.size(), (std::size_t{1} << 20) + 100);
  EXPECT_GE(outcome.stderr_text.size(), 4096U);
}

TEST_F(PoolTest, MatchesRespondsToThatComeInAnotherOrder) {
  PoolOptions options = options_for("out_of_order");
  options.concurrency = 2;
  Pool pool(std::move(options));
  for (int round = 0; round < 10; ++round) {
    const Pending first = pool.submit(echo_call("first"));
    const Pending second = pool.submit(echo_call("second"));
    EXPECT_EQ(first.get().json(), "[\"first\"]");
    EXPECT_EQ(second.get().json(), "[\"second\"]");
  }
}

TEST_F(PoolTest, DropsASecondResponseToTheSameCall) {
  Pool pool(options_for("responds_twice"));
  const int pid = pool.stats().hosts.at(0).pid;
  for (int i = 0; i < 50; ++i) {
    const std::string text = std::to_string(i);
    const Outcome outcome = i % 2 == 0 ? pool.call(echo_call(text)) : pool.submit(echo_call(text)).get();
    ASSERT_TRUE(outcome) << outcome.error();
    EXPECT_EQ(outcome.json(), "[\"" + text + "\"]");
    EXPECT_EQ(outcome.pid, pid);
  }
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(PoolTest, RespondsToManyThreadsWithFewHosts) {
  PoolOptions options = options_for("echo");
  options.workers = 3;
  Pool pool(std::move(options));
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        const Outcome outcome = i % 3 == 0 ? pool.submit(echo_call(text)).get() : pool.call(echo_call(text));
        ASSERT_TRUE(outcome) << outcome.error();
        ASSERT_EQ(outcome.json(), "[\"" + text + "\"]");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().succeeded, 600U);
}

TEST_F(PoolTest, LeavesPendingCallsUsableWhenItIsGone) {
  Pending pending;
  {
    Pool pool(options_for("echo"));
    pending = pool.submit(echo_call("kept"));
  }
  EXPECT_TRUE(pending.done());
  EXPECT_TRUE(pending.wait_for(0));
  EXPECT_EQ(pending.get().json(), "[\"kept\"]");
  EXPECT_FALSE(pending.cancel());
}

TEST_F(PoolTest, LeavesNoDescriptorAndNoProcess) {
  { Pool warm_up(options_for("echo")); }
  const auto before = open_descriptors();
  std::vector<int> pids;
  {
    PoolOptions options = options_for("echo");
    options.workers = 2;
    Pool pool(std::move(options));
    pool.call(echo_call("x"));
    for (const auto& host : pool.stats().hosts) pids.push_back(host.pid);
  }
  EXPECT_EQ(open_descriptors(), before);
  for (const int pid : pids) EXPECT_FALSE(pid != 0 && process_exists(pid));
}

// --- what a pool refuses to be made of

template <typename Change>
std::string config_error(PoolOptions options, Change change) {
  change(options);
  try {
    const Pool pool(std::move(options));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST_F(PoolTest, RefusesOptionsThatMakeNoSense) {
  const PoolOptions good = options_for("echo");
  EXPECT_THAT(config_error(good, [](auto& o) { o.workers = 0; }), HasSubstr("workers"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.concurrency = 0; }), HasSubstr("concurrency"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.timeout = -1; }), HasSubstr("timeout"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.deadline = std::nan(""); }), HasSubstr("deadline"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.start_timeout = INFINITY; }), HasSubstr("start_timeout"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.stop_grace = -0.5; }), HasSubstr("stop_grace"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.frame_limit = 10; }), HasSubstr("frame_limit"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.frame_limit = std::size_t{1} << 33; }), HasSubstr("frame_limit"));
  EXPECT_THAT(config_error(good, [](auto& o) { o.python = "/no/such/python"; }), HasSubstr("/no/such/python"));
}

TEST_F(PoolTest, TakesAnyNumberOfSecondsButNaN) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  for (const double limit : {HUGE_VAL, 1e300, 1e10}) {
    const Pending pending = pool.submit(echo_call("gate"));
    std::thread opener([&] { gate.open(); });
    EXPECT_TRUE(pending.wait_for(limit)) << limit;
    opener.join();
  }
  const Pending pending = pool.submit(echo_call("gate"));
  EXPECT_FALSE(pending.wait_for(-HUGE_VAL));
  EXPECT_THROW(static_cast<void>(pending.wait_for(NAN)), std::invalid_argument);
  EXPECT_THROW(pool.check_health(NAN), std::invalid_argument);
  EXPECT_THROW(pool.shutdown(NAN), std::invalid_argument);
  gate.open();
  EXPECT_TRUE(pending.get().ok()) << "it was not shut down";
  pool.shutdown(HUGE_VAL);
}

}  // namespace
}  // namespace provider_host
