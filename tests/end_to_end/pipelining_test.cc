// Faults that hit a host which has several calls ahead of their turn: the call that runs is guilty, no other runs twice
// or is lost.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

// Writes down each prompt before it does what the prompt says.
constexpr const char* kFaults = R"(
import asyncio, ctypes, os, signal, socket, sys, time
LOG = os.open(__file__ + ".log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
TICKS = 0

def call_api(prompt, options, context):
    os.write(LOG, (prompt + "\n").encode())
    what = prompt.split()[0]
    if what == "segfault":
        ctypes.string_at(0)
    if what == "kill":
        os.kill(os.getpid(), 9)
    if what == "exit":
        os._exit(3)
    if what == "hang":
        time.sleep(1000)
    if what == "wedge":
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        ctypes.PyDLL(None).sleep(1000)
    if what == "shut":
        for fd in range(3, 5000):
            try:
                socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
    if what == "close":
        for fd in range(3, 5000):
            ctypes.CDLL(None).syscall(3, fd)  # close, past what watches over the descriptors
    if what == "raise":
        raise ValueError(prompt)
    if what == "wait":
        while not os.path.exists(prompt.split()[1]):
            time.sleep(0.001)
    if what == "slow":
        time.sleep(0.02)
    return {"output": prompt}

async def ticks():
    global TICKS
    while True:
        TICKS += 1
        await asyncio.sleep(0)

FORK = False

async def forks():
    global FORK
    while True:
        await asyncio.sleep(0)
        if FORK:
            FORK = False
            os.fork()  # the child comes back to the loop, too

async def start_forks():
    global TASK
    TASK = asyncio.get_running_loop().create_task(forks())

def fork_soon():
    global FORK
    FORK = True

async def start_ticks():
    global TASK
    TASK = asyncio.get_running_loop().create_task(ticks())
    return TICKS

def count_ticks():
    return TICKS
)";

class PipeliningFaults : public WrittenScript, public testing::WithParamInterface<const char*> {
 protected:
  PipeliningFaults() { write(kFaults); }

  /// How often the code of each prompt has begun.
  [[nodiscard]] std::map<std::string, int> runs() const {
    std::map<std::string, int> runs;
    std::ifstream log(path().string() + ".log");
    for (std::string line; std::getline(log, line);) ++runs[line];
    return runs;
  }
  PoolOptions options_with(int workers) {
    PoolOptions options = WrittenScript::options();
    options.workers = workers;
    options.timeout = 60;
    options.interrupt_grace = 0.1;
    options.max_consecutive_crashes = 1000;
    return options;
  }
  enum class Guilty { kFail, kMayFail, kSucceed };

  /// Quick calls with `fault` now and then, all queued at once: all but the guilty ones succeed, and each ran once.
  void expect_only_the_guilty_to_fail(int workers, const std::string& fault, Guilty guilty) {
    constexpr int kCalls = 400;
    constexpr int kEvery = 90;
    {
      Pool pool(options_with(workers));
      for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.submit(Call::api_call("warm")).get());
      std::vector<std::pair<std::string, Pending>> calls;
      for (int i = 0; i < kCalls; ++i) {
        const std::string prompt = (i % kEvery == 40 ? fault : "quick") + " " + std::to_string(i);
        Call call = Call::api_call(prompt);
        // By then its code has begun, also on a busy machine.
        if (prompt.starts_with(fault) && guilty != Guilty::kSucceed) call.timeout = 2;
        calls.emplace_back(prompt, pool.submit(std::move(call)));
      }
      for (const auto& [prompt, call] : calls) {
        const bool is_guilty = prompt.starts_with(fault);
        if (is_guilty && guilty == Guilty::kMayFail) continue;
        const bool fails = is_guilty && guilty == Guilty::kFail;
        EXPECT_EQ(call.get().ok(), !fails) << prompt << ": " << (call.get() ? "" : call.get().error().message);
      }
      EXPECT_EQ(pool.stats().queued, 0U);
    }
    for (const auto& [prompt, count] : runs()) {
      EXPECT_EQ(count, prompt == "warm" ? 200 : 1) << prompt;
    }
    EXPECT_EQ(runs().size(), kCalls + 1U) << "none is lost";
  }
};

TEST_P(PipeliningFaults, WithOneHost) { expect_only_the_guilty_to_fail(1, GetParam(), Guilty::kFail); }
TEST_P(PipeliningFaults, WithThreeHosts) { expect_only_the_guilty_to_fail(3, GetParam(), Guilty::kFail); }

INSTANTIATE_TEST_SUITE_P(Pipelining, PipeliningFaults,
                         testing::Values("segfault", "kill", "exit", "hang", "wedge", "raise"),
                         [](const auto& fault) { return std::string(fault.param); });

TEST_F(PipeliningFaults, NoneWhenACallIsSlowNowAndThen) { expect_only_the_guilty_to_fail(3, "slow", Guilty::kSucceed); }

// Its response may come into the response ring before its host ends, as it has lost the pool.
TEST_F(PipeliningFaults, AtMostTheCallThatTakesTheChannelsAway) {
  for (const char* const fault : {"shut", "close"}) {
    for (const int workers : {1, 3}) {
      SCOPED_TRACE(fault + std::to_string(workers));
      std::filesystem::remove(path().string() + ".log");
      expect_only_the_guilty_to_fail(workers, fault, Guilty::kMayFail);
    }
  }
}

// The host cannot send them: it runs the code of the next call.
TEST_F(PipeliningFaults, NeitherLossNorDelayOfResponsesBeforeASlowCall) {
  for (const int workers : {1, 2}) {
    PoolOptions options = options_with(workers);
    options.timeout = 0;
    Pool pool(std::move(options));
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.submit(Call::api_call("warm")).get());
    std::vector<Pending> quick;
    for (int i = 0; i < 20; ++i) quick.push_back(pool.submit(Call::api_call("quick " + std::to_string(i))));
    const std::string slow = "wait " + path().string() + ".go" + std::to_string(workers);
    const Pending last = pool.submit(Call::api_call(slow));
    for (const Pending& call : quick) EXPECT_TRUE(call.get()) << call.get().error().message;
    EXPECT_FALSE(last.wait_for(0)) << "it waits for what comes now";
    std::ofstream(slow.substr(5)) << "go";
    EXPECT_TRUE(last.get()) << last.get().error().message;
  }
}

TEST_F(PipeliningFaults, NoneWhenHostsAreRecycledAllTheTime) {
  PoolOptions options = options_with(2);
  options.max_calls_per_host = 50;
  Pool pool(std::move(options));
  std::vector<Pending> calls;
  for (int i = 0; i < 1000; ++i) calls.push_back(pool.submit(Call::api_call("quick " + std::to_string(i))));
  for (const Pending& call : calls) EXPECT_TRUE(call.get()) << call.get().error().message;
  for (const auto& [prompt, count] : runs()) EXPECT_EQ(count, 1) << prompt;
  EXPECT_GT(pool.stats().restarts, 15U);
}

TEST_F(PipeliningFaults, NoneWhenQueuedCallsAreCancelled) {
  Pool pool(options_with(2));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.submit(Call::api_call("warm")).get());
  std::vector<Pending> calls;
  for (int i = 0; i < 2000; ++i) calls.push_back(pool.submit(Call::api_call("quick " + std::to_string(i))));
  for (std::size_t i = 1; i < calls.size(); i += 2) static_cast<void>(calls[i].cancel());
  const auto runs_before = [&] {
    for (const Pending& call : calls) static_cast<void>(call.get());
    return runs();
  }();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto run = runs_before.find("quick " + std::to_string(i));
    const int count = run == runs_before.end() ? 0 : run->second;
    EXPECT_LE(count, 1);
    EXPECT_TRUE(i % 2 == 1 || calls[i].get().ok()) << i;
    EXPECT_TRUE(count == 1 || !calls[i].get().ok()) << i;
  }
}

// A child that comes back from user code shares the memory, but is no host.
TEST_F(PipeliningFaults, NoneWhenATaskForksBetweenCalls) {
  Pool pool(options_with(1));
  ASSERT_TRUE(pool.call_raw("start_forks", "[]"));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.submit(Call::api_call("warm")).get());
  for (int round = 0; round < 20; ++round) {
    std::vector<Pending> calls;
    calls.push_back(pool.submit(Call::of("fork_soon", nlohmann::json::array())));
    for (int i = 0; i < 20; ++i) {
      calls.push_back(pool.submit(Call::api_call("quick " + std::to_string(20 * round + i))));
    }
    for (const Pending& call : calls) EXPECT_TRUE(call.get()) << call.get().error().message;
  }
  for (const auto& [prompt, count] : runs()) EXPECT_EQ(count, prompt == "warm" ? 200 : 1) << prompt;
  EXPECT_EQ(pool.stats().restarts, 0U);
}

// Tasks on the event loop go on while calls come without a pause.
TEST_F(PipeliningFaults, NoneForBackgroundTasks) {
  Pool pool(options_with(1));
  const Outcome before = pool.call_raw("start_ticks", "[]");
  ASSERT_TRUE(before) << before.error().message;
  std::vector<Pending> calls;
  for (int i = 0; i < 500; ++i) calls.push_back(pool.submit(Call::api_call("quick " + std::to_string(i))));
  const Pending after = pool.submit(Call::of("count_ticks", nlohmann::json::array()));
  ASSERT_TRUE(after.get());
  EXPECT_GE(after.get().value().get<int>(), 500 / 8 / 2);
}

}  // namespace
}  // namespace provider_host
