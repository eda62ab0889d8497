// Hosts that crash again and again.
#include <signal.h>

#include <array>
#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "helpers/gate.h"
#include "helpers/recording_sink.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Whether a thread of this process sleeps.
bool sleeps(int thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(stat), {});
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end, 3) == ") S";
}

class BreakerTest : public EachConcurrency {
 protected:
  // They are queued before any of them settles: one that came half a second after the breaker has opened would be let
  // through, to see whether the cause is gone.
  std::vector<Pending> submit_together(Pool& pool, int count) {
    std::vector<TaggedCall> calls;
    for (int i = 0; i < count; ++i) calls.push_back({echo_call("x"), static_cast<std::uint64_t>(i)});
    return pool.submit_many(std::move(calls), sink_);
  }

  const std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
};
INSTANTIATE_TEST_SUITE_P(Pool, BreakerTest, kEachConcurrency, concurrency_name);

TEST_P(BreakerTest, OpensAndRecoversWhenTheCauseIsGone) {
  PoolOptions options = options_for("crashes_until_marked");
  options.max_consecutive_crashes = 2;
  Pool pool(std::move(options));
  // Each of two hosts takes all its calls with it, and counts once. Another call waits behind those of the second.
  for (const Outcome& outcome : call_at_once(pool, GetParam())) EXPECT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
  std::vector<Pending> last = submit_together(pool, GetParam() + 1);
  const Outcome refused = last.back().get();
  last.pop_back();
  for (const Pending& call : last) EXPECT_EQ(kind_of(call.get()), ErrorKind::kHostCrashed);
  ASSERT_EQ(kind_of(refused), ErrorKind::kPoolUnavailable);
  EXPECT_THAT(refused.error().last_error, HasSubstr("exited with code 9"));
  EXPECT_GT(refused.error().retry_after.value_or(0), 0);
  EXPECT_LE(refused.error().retry_after.value_or(100), 1);
  EXPECT_EQ(refused.host, 0);

  mark();
  Outcome next = pool.call(echo_call("4"));
  while (!next && next.error().kind == ErrorKind::kPoolUnavailable) {
    std::this_thread::yield();
    next = pool.call(echo_call("4"));
  }
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(next.json(), "[\"4\"]");
}

TEST_P(BreakerTest, FailsTheQueueWhenItOpens) {
  PoolOptions options = options_for("crashes_until_marked");
  options.max_consecutive_crashes = 2;
  Pool pool(std::move(options));
  const std::vector<Pending> pending = submit_together(pool, 4 * GetParam());
  for (int i = 0; i < 4 * GetParam(); ++i) {
    EXPECT_EQ(kind_of(pending[static_cast<std::size_t>(i)].get()),
              i < 2 * GetParam() ? ErrorKind::kHostCrashed : ErrorKind::kPoolUnavailable);
  }
  pool.shutdown();
  EXPECT_THAT(sink_->tags(), SizeIs(pending.size()));
  const std::vector<std::uint64_t> tags = sink_->tags();
  EXPECT_EQ(std::set(tags.begin(), tags.end()).size(), pending.size()) << "each is settled once";
}

TEST_P(BreakerTest, FailsTheQueueWhenAViolationOpensIt) {
  PoolOptions options = options_for("wrong_id");
  options.max_consecutive_crashes = 1;
  Pool pool(std::move(options));
  const std::vector<Pending> pending = submit_together(pool, 2 * GetParam());
  for (int i = 0; i < 2 * GetParam(); ++i) {
    EXPECT_EQ(kind_of(pending[static_cast<std::size_t>(i)].get()),
              i < GetParam() ? ErrorKind::kProtocolError : ErrorKind::kPoolUnavailable);
  }
}

TEST_P(BreakerTest, FailsAllCallersThatWaitForCapacityWhenItOpens) {
  PoolOptions options = options_for("scripted");
  options.max_consecutive_crashes = 1;
  options.max_queue = 1;
  options.queue_wait = 1000;
  const Gate gate(script());
  Pool pool(std::move(options));
  pool.submit(echo_call("gate"));
  for (int i = 1; i < GetParam(); ++i) pool.submit(echo_call("other"));
  log_.wait_for("holds " + std::to_string(GetParam()) + " calls");
  const Pending queued = pool.submit(echo_call("queued"));
  std::array<std::atomic<int>, 4> ids{};
  std::vector<std::thread> callers;
  for (std::atomic<int>& id : ids) {
    callers.emplace_back([&] {
      id = ::gettid();
      EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kPoolUnavailable);
    });
  }
  for (const std::atomic<int>& id : ids) {
    while (id == 0 || !sleeps(id)) std::this_thread::yield();
  }
  ::kill(pool.stats().hosts.at(0).pid, SIGKILL);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(kind_of(queued.get()), ErrorKind::kPoolUnavailable);
}

TEST_P(BreakerTest, OpensAtOnceWhenTheScriptCanNoLongerBeImported) {
  Pool pool(options_for("import_fails_after_crash"));
  EXPECT_EQ(kind_of(pool.call(echo_call("1"))), ErrorKind::kHostCrashed);
  const Outcome next = pool.call(echo_call("2"));
  ASSERT_EQ(kind_of(next), ErrorKind::kPoolUnavailable);
  EXPECT_EQ(next.error().last_error, "it was deleted");
  EXPECT_EQ(pool.stats().hosts.at(0).state, "down");
}

}  // namespace
}  // namespace provider_host
