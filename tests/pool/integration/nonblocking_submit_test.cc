// Calls that wait for room in a full queue while their callers do not.
#include <malloc.h>

#include <cstddef>
#include <optional>
#include <string>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::ElementsAre;

class NonblockingSubmitTest : public EachConcurrency {
 protected:
  // A pool whose host has as many calls as it may have, and whose queue is full.
  Pool& full_pool() {
    PoolOptions options = options_for("scripted");
    options.max_queue = 1;
    options.queue_wait = 1000;
    options.interrupt_grace = 0.05;
    Pool& pool = pool_.emplace(std::move(options));
    running_ = pool.submit(echo_call("gate"));
    for (int i = 1; i < GetParam(); ++i) pool.submit_nonblocking(echo_call("other"), nullptr);
    log_.wait_for("holds " + std::to_string(GetParam()) + " calls");
    submit_all(pool, {"queued"});
    return pool;
  }
  Pending submit(Pool& pool, const std::string& text) {
    return pool.submit_nonblocking(echo_call(text), settlings_.expect(text));
  }
  Gate gate_{script()};
  std::optional<Pool> pool_;
  Pending running_;
};
INSTANTIATE_TEST_SUITE_P(Pool, NonblockingSubmitTest, kEachConcurrency, concurrency_name);

TEST_P(NonblockingSubmitTest, LetsTheCallWaitInLine) {
  Pool& pool = full_pool();
  for (const char* text : {"1", "2", "3"}) submit(pool, text);
  EXPECT_EQ(pool.stats().queued, 4U);
  gate_.open();
  settlings_.wait_for(4);
  EXPECT_THAT(settlings_.order(), ElementsAre("queued", "1", "2", "3"));
}

TEST_P(NonblockingSubmitTest, EndsTheWaitOfThoseForWhichThereWasNoCapacityInTime) {
  Pool& pool = full_pool();
  Call short_wait = echo_call("short_wait");
  short_wait.queue_wait = 0.02;
  const Pending late = pool.submit_nonblocking(short_wait, settlings_.expect("short_wait"));
  const Pending patient = submit(pool, "patient");
  ASSERT_EQ(kind_of(late.get()), ErrorKind::kQueueFull);
  EXPECT_EQ(late.get().error().limit, 1U);
  gate_.open();
  expect_echo(patient.get(), "patient");
}

TEST_P(NonblockingSubmitTest, RefusesACallThatMayNotWait) {
  Pool& pool = full_pool();
  Call call = echo_call("now");
  call.queue_wait = 0;
  EXPECT_EQ(kind_of(pool.submit_nonblocking(call, nullptr).get()), ErrorKind::kQueueFull);
  gate_.open();
}

TEST_P(NonblockingSubmitTest, LeavesNoCallBehindAtTheEnd) {
  Pool& pool = full_pool();
  const Pending cancelled = submit(pool, "cancelled");
  const Pending refused = submit(pool, "refused");
  cancelled.cancel();
  EXPECT_EQ(kind_of(cancelled.get()), ErrorKind::kCancelled);
  pool.shutdown(0);
  EXPECT_EQ(kind_of(refused.get()), ErrorKind::kShuttingDown);
  EXPECT_EQ(pool.stats().queued, 0U);
}

TEST_P(NonblockingSubmitTest, KeepsNothingOfACallThatGotItsCapacityBeforeItsTime) {
  constexpr std::size_t kCalls = 5000;
  Pool& pool = full_pool();
  gate_.open();
  const std::size_t before = ::mallinfo2().uordblks;
  Pending last;
  for (std::size_t i = 0; i < kCalls; ++i) {
    last = pool.submit_nonblocking(echo_call("x"), nullptr);
    if (i % 100 == 0) static_cast<void>(last.get());
  }
  static_cast<void>(last.get());
  EXPECT_LT(::mallinfo2().uordblks, before + kCalls * 200);
}

TEST_P(NonblockingSubmitTest, SaysWhichCallsRun) {
  Pool& pool = full_pool();
  const Pending waiting = submit(pool, "waiting");
  EXPECT_TRUE(running_.running());
  EXPECT_FALSE(waiting.running());
  gate_.open();
  expect_echo(waiting.get(), "waiting");
  EXPECT_FALSE(running_.running() || waiting.running());
}

}  // namespace
}  // namespace provider_host
