// Hosts that have served long enough are replaced between calls.
#include <csignal>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "end_to_end/written_script.h"
#include "helpers/gate.h"
#include "helpers/platform.h"

namespace provider_host {
namespace {

constexpr const char* kPid = R"(
import os
def call_api(prompt, options, context):
    return {"output": os.getpid()}
)";

class Recycling : public WrittenScript, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Concurrency, Recycling, testing::Values(1, 4));

TEST_P(Recycling, ReplacesAHostAfterItsCallsAndCostsNoCall) {
  write(kPid);
  PoolOptions options = this->options();
  options.concurrency = GetParam();
  options.max_calls_per_host = 10;
  Pool pool(std::move(options));
  std::set<int> pids;
  int calls = 0;
  while (pids.size() < 4) {
    const Outcome outcome = calls++ % 2 == 0 ? pool.call_api("x") : pool.submit(Call::api_call("x")).get();
    ASSERT_TRUE(outcome) << text_of(outcome);
    pids.insert(outcome.pid);
    EXPECT_EQ(outcome.value().at("output"), outcome.pid);
  }
  // Half of its calls at least went to each. It is nine of ten where calls come without a pause: RecyclerTest.
  EXPECT_GT(calls, 3 * 5);
  pool.shutdown();
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.failed, 0U);
  EXPECT_GE(stats.restarts_by_cause.at("call_limit"), 3U);
  EXPECT_EQ(stats.restarts_by_cause.size(), 1U);
}

TEST_P(Recycling, StartsTheReplacementBeforeTheOldHostGoes) {
  const Gate gate(path());
  write(std::string(kPid) + R"(
if os.path.exists(__file__ + ".marker"):
    print("the replacement waits", flush=True)
    open(__file__ + ".gate").close()
open(__file__ + ".marker", "w").close()
)");
  PoolOptions options = this->options();
  options.concurrency = GetParam();
  options.max_calls_per_host = 5;
  Pool pool(std::move(options));
  const int first = pool.call_api("x").pid;
  for (int i = 1; i < 5; ++i) EXPECT_EQ(pool.call_api("x").pid, first);
  lines_.wait_for("the replacement waits");
  const Pending next = pool.submit(Call::api_call("x"));  // the old one may not serve it
  gate.open();
  EXPECT_NE(next.get().pid, first);
  EXPECT_EQ(pool.stats().failed, 0U);
}

TEST_P(Recycling, GivesNoHostMoreCallsThanItMayServe) {
  write(kPid);
  PoolOptions options = this->options();
  options.concurrency = GetParam();
  options.max_calls_per_host = 10;
  options.workers = 2;
  Pool pool(std::move(options));
  std::mutex mutex;
  std::map<int, int> served;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        const Outcome outcome = k % 2 == 0 ? pool.call_api("x") : pool.submit(Call::api_call("x")).get();
        EXPECT_TRUE(outcome) << text_of(outcome);
        const std::lock_guard lock(mutex);
        ++served[outcome.pid];
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& [pid, calls] : served) EXPECT_LE(calls, 10);
}

TEST_P(Recycling, RunsNoMoreCallsAtATimeThanWithoutIt) {
  write(R"(
import time
def call_api(prompt, options, context):
    begin = time.monotonic()
    time.sleep(0.05)
    return {"output": [begin, time.monotonic()]}
)");
  PoolOptions options = this->options();
  options.concurrency = GetParam();
  options.max_calls_per_host = 2;
  Pool pool(std::move(options));
  std::vector<Pending> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(pool.submit(Call::api_call("x")));
  std::multimap<double, int> changes;  // of the number of calls that run, by time
  for (const Pending& call : calls) {
    ASSERT_TRUE(call.get()) << text_of(call.get());
    const auto span = call.get().value().at("output");
    changes.emplace(span[0].get<double>(), 1);
    changes.emplace(span[1].get<double>(), -1);
  }
  int running = 0;
  for (const auto& [time, change] : changes) {
    running += change;
    EXPECT_LE(running, GetParam());
  }
}

TEST_F(WrittenScript, WhoseHostCrashesBesideItsReplacementGoesOnWithThat) {
  const Gate gate(path());
  write(std::string(kPid) + R"(
import time
def wait(prompt, options, context):
    print("it waits", flush=True)
    time.sleep(3600)
if os.path.exists(__file__ + ".marker"):
    open(__file__ + ".gate").close()
    print("the replacement is there", flush=True)
open(__file__ + ".marker", "w").close()
)");
  PoolOptions options = this->options();
  options.max_calls_per_host = 5;  // the replacement is started for the fourth at the latest
  Pool pool(std::move(options));
  const int old = pool.call_api("x").pid;
  for (int i = 1; i < 4; ++i) EXPECT_EQ(pool.call_api("x").pid, old);
  Call wait = Call::api_call("x");
  wait.function = "wait";
  std::thread caller([&] { EXPECT_EQ(pool.call(wait).error().kind, ErrorKind::kHostCrashed); });
  lines_.wait_for("it waits");
  gate.open();
  lines_.wait_for("the replacement is there");
  ASSERT_EQ(::kill(old, SIGKILL), 0);
  caller.join();
  // If the call had to queue, its host was replaced while it ran, and died without a place.
  const auto went_on = [&pool] {
    const PoolStats stats = pool.stats();
    return stats.crash_to_ready.count > 0 || stats.restarts_by_cause.contains("call_limit");
  };
  while (!went_on()) std::this_thread::yield();
  std::thread opener([&] { gate.open(); });  // for the replacement of that one
  for (int i = 0; i < 5; ++i) EXPECT_NE(pool.call_api("x").pid, old);
  lines_.wait_for("the replacement is there", 2);
  opener.join();
  EXPECT_EQ(pool.stats().failed, 1U);
}

TEST_F(WrittenScript, ThatCanNoLongerBeImportedCostsNoHostThatWorks) {
  write(kPid);
  PoolOptions options = this->options();
  options.max_calls_per_host = 5;
  Pool pool(std::move(options));
  const int first = pool.stats().hosts.at(0).pid;
  write("raise RuntimeError('broken meanwhile')\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(pool.call_api("x").pid, first);
  lines_.wait_for("broken meanwhile");
  EXPECT_EQ(pool.call_api("x").pid, first);
  EXPECT_EQ(pool.stats().failed, 0U);
}

TEST_F(WrittenScript, ThatNeedsEverMoreMemoryGetsAFreshHost) {
  NEEDS_LINUX("the memory of processes is not known");
  write(R"(
import os
kept = []
def call_api(prompt, options, context):
    if len(kept) < 20:
        kept.append(bytearray(os.urandom(1)) * (8 << 20))
    return {"output": len(kept)}
)");
  PoolOptions options = this->options();
  options.max_rss = std::uint64_t{100} << 20;
  Pool pool(std::move(options));
  const int first = pool.call_api("x").pid;
  int calls = 1;
  for (int pid = first; pid == first; ++calls) {
    const Outcome outcome = pool.call_api("x");
    ASSERT_TRUE(outcome) << text_of(outcome);
    pid = outcome.pid;
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.restarts, stats.restarts_by_cause.size()) << "a restart without its cause";
  }
  EXPECT_GE(calls, 8) << "it was not above its limit yet";
  EXPECT_EQ(pool.stats().restarts_by_cause.at("memory_limit"), 1U);
  EXPECT_GT(pool.stats().hosts.at(0).rss, std::uint64_t{1} << 20);
  EXPECT_EQ(pool.stats().failed, 0U);
}

TEST_F(WrittenScript, ThatIsRepairedWhileThePoolLivesIsPickedUp) {
  write("import os\ndef call_api(prompt, options, context):\n    os._exit(1)\n");
  Pool pool(options());
  write("raise RuntimeError('broken meanwhile')\n");
  EXPECT_EQ(pool.call_api("x").error().kind, ErrorKind::kHostCrashed);
  Outcome refused = pool.call_api("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kPoolUnavailable) << text_of(refused);
  EXPECT_NE(refused.error().message.find("broken meanwhile"), std::string::npos) << text_of(refused);
  EXPECT_NE(refused.error().traceback.find("provider.py\", line 1"), std::string::npos) << text_of(refused);
  write(kPid);
  Outcome repaired = pool.call_api("x");
  while (!repaired) repaired = pool.call_api("x");
  EXPECT_EQ(repaired.value().at("output"), repaired.pid);
}

}  // namespace
}  // namespace provider_host
