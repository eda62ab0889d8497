// What the pool says about hosts that live but do not work.
#include <csignal>
#include <thread>

#include "end_to_end/written_script.h"
#include "helpers/platform.h"

namespace provider_host {
namespace {

constexpr const char* kScript = R"(
import asyncio, ctypes, os, threading, time

def hold_the_gil(prompt, options, context):
    print("has begun", flush=True)
    ctypes.PyDLL(None).sleep(3600)

async def block_the_loop(prompt, options, context):
    print("has begun", flush=True)
    while not os.path.exists(__file__ + ".go"):
        time.sleep(0.01)
    return {"output": "went on"}

async def number_of_new_thread(prompt, options, context):  # for a plain function the host may start a thread
    numbers = []
    python = ctypes.pythonapi
    python.PyThreadState_Get.restype = ctypes.c_void_p
    python.PyThreadState_GetID.argtypes = [ctypes.c_void_p]
    python.PyThreadState_GetID.restype = ctypes.c_uint64
    thread = threading.Thread(target=lambda: numbers.append(python.PyThreadState_GetID(python.PyThreadState_Get())))
    thread.start()
    thread.join()
    return {"output": numbers[0]}

def threads_that_count(prompt, options, context):
    libc, stat = ctypes.CDLL(None), ctypes.create_string_buffer(4096)
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(b"/proc/self/stat", b"r"))
    libc.fread(stat, 1, 4095, file)
    libc.fclose(file)
    fields = stat.value.rpartition(b") ")[2].split()
    return {"output": int(fields[17]) - threading.active_count()}

async def call_api(prompt, options, context):
    await asyncio.sleep(0)
    return {"output": prompt}
)";

class Health : public WrittenScript, public testing::WithParamInterface<int> {
 protected:
  Health() { write(kScript); }
  PoolOptions options() {
    PoolOptions options = WrittenScript::options();
    options.concurrency = GetParam();
    options.interrupt_grace = 0.1;
    options.health_interval = 0;
    return options;
  }
  Pending begin(Pool& pool, const std::string& function) {
    Call call = Call::api_call("x");
    call.function = function;
    Pending pending = pool.submit(call);
    lines_.wait_for("has begun");
    return pending;
  }
};
INSTANTIATE_TEST_SUITE_P(Concurrency, Health, testing::Values(1, 4));

TEST_P(Health, IsGoodAtEveryLevelOfAnIdleHost) {
  Pool pool(options());
  ASSERT_TRUE(pool.call_api("x"));
  EXPECT_FALSE(pool.stats().hosts.at(0).health.gil_ms) << "nobody has asked yet";
  for (int i = 0; i < 3; ++i) {
    const HostHealth health = pool.check_health(50).hosts.at(0).health;
    EXPECT_EQ(health.process, "alive");
    EXPECT_TRUE(health.gil_taken);
    EXPECT_TRUE(health.gil_ms);
    EXPECT_TRUE(health.loop_turned);
    EXPECT_TRUE(health.loop_ms);
  }
}

TEST_P(Health, IsAskedForByItself) {
  PoolOptions options = this->options();
  options.health_interval = 0.01;
  Pool pool(std::move(options));
  ASSERT_TRUE(pool.call_api("x"));
  while (!pool.stats().hosts.at(0).health.loop_turned) std::this_thread::yield();
}

// Where a crash or a timeout dumps the stacks of all threads, one that comes and goes could bring the host down.
TEST_P(Health, ProbesOfOneHostComeFromOneThread) {
  Pool pool(options());
  const auto number_of_new_thread = [&pool] {
    Call call = Call::api_call("x");
    call.function = "number_of_new_thread";
    return pool.call(call).value().at("output").get<int>();
  };
  EXPECT_TRUE(pool.check_health(50).hosts.at(0).health.gil_taken);
  const int before = number_of_new_thread();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.check_health(50).hosts.at(0).health.gil_taken);
  EXPECT_EQ(number_of_new_thread(), before + 1);
}

// os.fork() warns when there are more.
TEST_P(Health, IsAskedForByAThreadThatDoesNotCount) {
  NEEDS_LINUX("Python counts the threads of hosts, too");
  Pool pool(options());
  Call call = Call::api_call("x");
  call.function = "threads_that_count";
  EXPECT_EQ(pool.call(call).value().at("output"), 0);
  EXPECT_TRUE(pool.check_health(50).hosts.at(0).health.gil_taken);
  EXPECT_EQ(pool.call(call).value().at("output"), 0);
}

TEST_P(Health, TellsAHostWhoseInterpreterIsWedgedFromADeadOne) {
  Pool pool(options());
  const Pending running = begin(pool, "hold_the_gil");
  HostHealth health;
  do {  // it is on its way into the C function, or the probe on its way to the host
    health = pool.check_health(0.2).hosts.at(0).health;
  } while (health.process == "silent" || health.gil_taken || health.gil_ms.value_or(0) < 100);
  EXPECT_EQ(health.process, "alive");
  EXPECT_GE(health.gil_ms.value_or(0), 100);
  EXPECT_FALSE(health.loop_ms) << "nobody could be asked";
  running.cancel();
  pool.shutdown(0);
}

TEST_P(Health, TellsThatTheLoopStandsStill) {
  Pool pool(options());
  ASSERT_TRUE(pool.call_api("x"));
  const Pending running = begin(pool, "block_the_loop");
  HostHealth health;
  do {  // on a busy machine the probe is on its way for longer
    health = pool.check_health(0.5).hosts.at(0).health;
  } while (!health.gil_taken || health.loop_ms.value_or(0) < 100);
  EXPECT_EQ(health.process, "alive");
  EXPECT_TRUE(health.gil_taken);
  EXPECT_FALSE(health.loop_turned);
  EXPECT_GE(health.loop_ms.value_or(0), 100);
  std::ofstream(path().string() + ".go") << "go";
  EXPECT_TRUE(running.get()) << text_of(running.get());
  EXPECT_TRUE(pool.check_health(50).hosts.at(0).health.loop_turned);
}

TEST_P(Health, TellsThatTheProcessIsStopped) {
  Pool pool(options());
  const int pid = pool.call_api("x").pid;
  ASSERT_EQ(::kill(pid, SIGSTOP), 0);
  while (pool.check_health(0.01).hosts.at(0).health.process != "stopped") std::this_thread::yield();
  ASSERT_EQ(::kill(pid, SIGCONT), 0);
  while (pool.check_health(50).hosts.at(0).health.process != "alive") std::this_thread::yield();
  EXPECT_TRUE(pool.call_api("x"));
}

TEST_P(Health, StatisticsCountWhatHappened) {
  Pool pool(options());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(pool.call_api("x"));
  Call unknown = Call::api_call("x");
  unknown.function = "no_such_function";
  EXPECT_FALSE(pool.call(unknown));
  ASSERT_EQ(::kill(pool.call_api("x").pid, SIGKILL), 0);
  while (pool.stats().crash_to_ready.count == 0) std::this_thread::yield();
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, 22U);
  EXPECT_EQ(stats.succeeded, 21U);
  EXPECT_EQ(stats.errors_by_kind.at("function_not_found"), 1U);
  EXPECT_EQ(stats.restarts_by_cause.at("crash"), 1U);
  EXPECT_EQ(stats.latency.count, 21U);
  EXPECT_GT(stats.latency.p50, 0);
  EXPECT_GE(stats.latency.max, stats.latency.p99);
  EXPECT_EQ(stats.queue_wait.count, 22U);
  EXPECT_GT(stats.crash_to_ready.p50, 0);
}

}  // namespace
}  // namespace provider_host
