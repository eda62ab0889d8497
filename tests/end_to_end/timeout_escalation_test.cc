// Code whose call timed out or was cancelled cleans up, and its host is kept.
#include <tuple>

#include "end_to_end/script_pool.h"
#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

// How many calls a host has at a time, and the function that is interrupted.
class Cooperating : public testing::TestWithParam<std::tuple<int, std::string>> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("ladder.py", &lines_);
    options.concurrency = std::get<0>(GetParam());
    options.interrupt_grace = 30;
    return options;
  }
  static Call call() {
    Call call = Call::api_call("x");
    call.function = std::get<1>(GetParam());
    return call;
  }
  // It was cleaned up once; the host went on. On a busy machine another one may have served calls meanwhile.
  void expect_a_clean_end(Pool& pool, const Outcome& given_up) {
    lines_.wait_for("cleaned up");
    const Outcome after = pool.call_api("after");
    ASSERT_TRUE(after) << text_of(after);
    if (after.pid == given_up.pid) {
      EXPECT_EQ(after.value().at("output"), 1);
    }
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(pool.call_api("after")) << "a late interrupt hit it";
    EXPECT_EQ(pool.stats().failed, 1U);
    EXPECT_EQ(pool.stats().restarts, 0U);
  }

  PrintedLines lines_;
};

TEST_P(Cooperating, CleansUpAfterATimeout) {
  Pool pool(options());
  Call late = call();
  late.timeout = 2;  // by then it is in the script, also on a busy machine
  const Outcome outcome = pool.call(late);
  ASSERT_FALSE(outcome) << text_of(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kTimeout) << text_of(outcome);
  EXPECT_NE(outcome.error().message.find("ladder.py"), std::string::npos) << outcome.error();
  EXPECT_NE(outcome.error().message.find(" in "), std::string::npos) << outcome.error();
  expect_a_clean_end(pool, outcome);
}

TEST_P(Cooperating, CleansUpAfterACancellation) {
  Pool pool(options());
  const Pending running = pool.submit(call());
  lines_.wait_for("has begun");
  EXPECT_TRUE(running.cancel());
  ASSERT_FALSE(running.get());
  EXPECT_EQ(running.get().error().kind, ErrorKind::kCancelled);
  expect_a_clean_end(pool, running.get());
}

// A thread that waits in a system call or for a lock cannot be interrupted, so these are missing for several calls.
INSTANTIATE_TEST_SUITE_P(Code, Cooperating,
                         testing::Values(std::tuple(1, "sleep"), std::tuple(1, "spin"), std::tuple(1, "wait_for_lock"),
                                         std::tuple(1, "await_for_ever"), std::tuple(1, "block_the_loop"),
                                         std::tuple(1, "sync_over_async"), std::tuple(1, "read_a_pipe"),
                                         std::tuple(4, "spin"), std::tuple(4, "await_for_ever"),
                                         std::tuple(4, "block_the_loop"), std::tuple(4, "sync_over_async")),
                         [](const auto& parameter) {
                           return std::get<1>(parameter.param) +
                                  (std::get<0>(parameter.param) == 1 ? "" : "_beside_others");
                         });

TEST(Stubborn, CodeIsKilledAfterItsGraceAndDelaysNobody) {
  PrintedLines lines;
  PoolOptions options = options_for("ladder.py", &lines);
  options.interrupt_grace = 0.2;
  Pool pool(std::move(options));
  Call call = Call::api_call("x");
  call.function = "stubborn";
  const Pending running = pool.submit(call);
  lines.wait_for("has begun");
  running.cancel();
  const Outcome after = pool.call_api("after");
  ASSERT_TRUE(after) << text_of(after);
  EXPECT_NE(after.pid, running.get().pid);
  pool.shutdown();
  EXPECT_EQ(pool.stats().restarts_by_cause.at("unresponsive"), 1U);
}

// The first awaitable of a host makes it import asyncio, which could not be imported again.
class FirstAwaitable : public WrittenScript {};

TEST_F(FirstAwaitable, MayBeInterruptedInTheImportOfAsyncio) {
  write(R"py(
import os, signal, sys

class WaitsForASignal:
    def find_spec(self, name, path, target=None):
        if name == "asyncio.subprocess":
            sys.meta_path.remove(self)
            reading, writing = os.pipe()
            os.set_blocking(writing, False)
            signal.set_wakeup_fd(writing)
            print("asyncio is imported")
            try:
                os.read(reading, 1)
            finally:
                signal.set_wakeup_fd(-1)

sys.meta_path.insert(0, WaitsForASignal())

async def call_api(prompt, options, context):
    return {"output": "asyncio.subprocess" in sys.modules}
)py");
  PoolOptions options = this->options();
  options.interrupt_grace = 30;
  Pool pool(options);
  const Pending first = pool.submit(Call::api_call("x"));
  lines_.wait_for("asyncio is imported");
  first.cancel();
  ASSERT_FALSE(first.get());
  const Outcome after = pool.call_api("after");
  EXPECT_TRUE(after) << text_of(after);
}

TEST(Queue, IsNotEatenByTheTimeout) {
  Pool pool(options_for("ladder.py"));
  Call slow = Call::api_call("x");
  slow.function = "sleep";
  slow.timeout = 4;
  const Pending first = pool.submit(slow);
  Call quick = Call::api_call("x");
  quick.timeout = 3.9;
  std::vector<Pending> behind;
  for (int i = 0; i < 3; ++i) behind.push_back(pool.submit(quick));
  EXPECT_EQ(first.get().error().kind, ErrorKind::kTimeout);
  for (const Pending& call : behind) EXPECT_TRUE(call.get()) << text_of(call.get());
}

}  // namespace
}  // namespace provider_host
