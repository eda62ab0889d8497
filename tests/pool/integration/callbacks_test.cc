// What callbacks of submit() may do: everything, as they run on a thread of their own.
#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "faults/sanitizer.h"
#include "helpers/gate.h"
#include "pool/integration/child_pool.h"
#include "pool/pool_core.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

// The value that a callback has come to; fails the test instead of hanging it.
template <typename Value>
Value result_of(std::future<Value> future) {
  if (future.wait_for(std::chrono::seconds(55)) != std::future_status::ready) {
    ADD_FAILURE() << "the callback did not come to its end";
    std::quick_exit(1);
  }
  return future.get();
}

class CallbacksTest : public ChildPool {
 protected:
  PoolOptions short_timeouts(const std::string& child) {
    PoolOptions options = options_for(child);
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;
    return options;
  }

  // What `work` gives in a callback.
  template <typename Work>
  auto in_callback(Pool& pool, Work work) {
    using Value = decltype(work());
    auto promise = std::make_shared<std::promise<Value>>();
    auto future = promise->get_future();
    pool.submit(echo_call("outer"), [promise, work](const Outcome&) {
      try {
        promise->set_value(work());
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    });
    return result_of(std::move(future));
  }
};

TEST_F(CallbacksTest, MayCallAndWait) {
  Pool pool(options_for("echo"));
  EXPECT_EQ(in_callback(pool, [&] { return pool.call(echo_call("a")); }).json(), R"(["a"])");
  EXPECT_EQ(in_callback(pool, [&] { return pool.submit(echo_call("b")).get(); }).json(), R"(["b"])");
  EXPECT_TRUE(in_callback(pool, [&] { return pool.submit(echo_call("c")).wait_for(30); }));
  EXPECT_EQ(in_callback(pool, [&] { return pool.stats(); }).hosts.size(), 1U);
  EXPECT_EQ(in_callback(pool, [&] { return pool.check_health(); }).hosts.size(), 1U);
}

TEST_F(CallbacksTest, MayCancel) {
  Pool pool(short_timeouts("silent"));
  Call first = echo_call("first");
  first.timeout = 0.05;
  std::promise<Pending> behind;
  auto to_cancel = behind.get_future().share();
  pool.submit(first, [to_cancel](const Outcome&) { to_cancel.get().cancel(); });
  behind.set_value(pool.submit(echo_call("behind")));
  EXPECT_EQ(kind_of(to_cancel.get().get()), ErrorKind::kCancelled);
}

TEST_F(CallbacksTest, MayShutThePoolDown) {
  Pool pool(options_for("echo"));
  const int pid = pool.call(echo_call("x")).pid;
  EXPECT_FALSE(in_callback(pool, [&] {
    pool.shutdown(0);
    return process_exists(pid);
  }));
  EXPECT_EQ(kind_of(pool.call(echo_call("late"))), ErrorKind::kShuttingDown);
}

TEST_F(CallbacksTest, MayShutThePoolDownWhileAnotherThreadDoes) {
  Pool pool(short_timeouts("silent"));
  Call call = echo_call("x");
  call.deadline = 0.05;
  std::promise<void> is_down;
  pool.submit(call, [&](const Outcome&) {
    pool.shutdown(0);
    is_down.set_value();
  });
  const Pending other = pool.submit(echo_call("for ever"));
  pool.shutdown(1000);
  result_of(is_down.get_future());
  EXPECT_EQ(kind_of(other.get()), ErrorKind::kShuttingDown);
}

TEST_F(CallbacksTest, MayDropTheLastReferenceToThePool) {
  const Gate gate(script());
  auto pool = std::make_shared<Pool>(options_for("gated"));
  Settlings settlings;
  std::promise<void> last;
  auto holder = std::make_shared<std::shared_ptr<Pool>>(pool);
  pool->submit(echo_call("gate"), [&, holder](const Outcome&) { holder->reset(); });
  Pending behind = pool->submit(echo_call("behind"), [&](const Outcome&) { last.set_value(); });
  pool.reset();
  gate.open();
  result_of(last.get_future());
  EXPECT_EQ(behind.get().json(), R"(["behind"])");
  EXPECT_FALSE(process_exists(behind.get().pid));
  EXPECT_FALSE(behind.cancel());
}

// A thread that looks at a call, as with Pending::running(), has the pool meanwhile, and may be the last that has it.
TEST_F(CallbacksTest, MayEndThePoolAndWaitForAThreadThatStillLooksAtIt) {
  auto core = std::make_shared<internal::PoolCore>(options_for("echo"));
  core->start(nullptr);
  std::promise<void> done;
  core->submit({.call = echo_call("x")}, [&](const Outcome&) {
    core->end(core);
    std::thread([last = std::move(core)] {}).join();
    done.set_value();
  });
  result_of(done.get_future());
}

TEST_F(CallbacksTest, DelayNoOtherCallHoweverLongTheyTake) {
  Pool pool(options_for("echo"));
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  std::atomic<int> ran = 0;
  pool.submit(echo_call("slow"), [&, may_go_on](const Outcome&) {
    may_go_on.wait();
    ++ran;
  });
  const Pending next = pool.submit(echo_call("next"), [&](const Outcome&) { ++ran; });
  EXPECT_TRUE(next.get().ok());
  EXPECT_TRUE(pool.call(echo_call("blocking")).ok());
  EXPECT_EQ(ran, 0);
  go_on.set_value();
  pool.shutdown();
  EXPECT_EQ(ran, 2) << "shutdown() has not waited for the callbacks";
}

TEST_F(CallbacksTest, RunInTheOrderOfSettling) {
  Pool pool(options_for("echo"));
  Settlings settlings;
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.push_back(std::to_string(i));
    pool.submit(echo_call(names.back()), settlings.expect(names.back()));
  }
  settlings.wait_for(100);
  EXPECT_EQ(settlings.order(), names);
}

class ResubmittingTest : public CallbacksTest, public testing::WithParamInterface<CallbackThread> {};
INSTANTIATE_TEST_SUITE_P(Callbacks, ResubmittingTest, testing::Values(CallbackThread::kOwn, CallbackThread::kSettling),
                         [](const auto& param) { return param.param == CallbackThread::kOwn ? "Own" : "Settling"; });

TEST_P(ResubmittingTest, DoesNotRecurseWhenThePoolEnds) {
  constexpr int kTimes = chaos::kSanitized ? 5'000 : 20'000;
  PoolOptions options = short_timeouts("silent");
  options.callbacks = GetParam();
  Pool pool(std::move(options));
  std::atomic<int> refused = 0;
  std::promise<void> done;
  std::function<void(const Outcome&)> again = [&](const Outcome& outcome) {
    EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
    if (++refused == kTimes) return done.set_value();
    pool.submit(echo_call("x"), again);
  };
  pool.submit(echo_call("x"), again);
  pool.shutdown(0);
  result_of(done.get_future());
  EXPECT_EQ(refused, kTimes);
}

TEST_F(CallbacksTest, CannotKeepAPoolAliveBySubmittingForEver) {
  std::function<void(const Outcome&)> again;
  {
    Pool pool(short_timeouts("silent"));
    again = [&](const Outcome&) { pool.submit(echo_call("x"), again); };
    pool.submit(echo_call("x"), again);
    pool.shutdown(0);
  }
  EXPECT_THAT(log_.wait_for("a callback of submit() threw"), HasSubstr("must not submit to a pool that is being"));
}

TEST_F(CallbacksTest, OnTheThreadThatSettlesMustNotWaitForThePool) {
  PoolOptions options = options_for("echo");
  options.callbacks = CallbackThread::kSettling;
  Pool pool(std::move(options));
  const Pending other = pool.submit(echo_call("other"));
  EXPECT_TRUE(other.get().ok());
  const std::vector<std::function<void()>> waits = {[&] { pool.call(echo_call("x")); }, [&] { pool.inspect(); },
                                                    [&] { pool.check_health(); }, [&] { pool.shutdown(0); },
                                                    [&] { static_cast<void>(pool.submit(echo_call("x")).get()); }};
  for (const auto& wait : waits) {
    EXPECT_THROW(in_callback(pool, [&] { return wait(), 0; }), std::logic_error);
  }
  EXPECT_TRUE(in_callback(pool, [&] { return other.get().ok(); })) << "what has settled may be looked at";
  EXPECT_TRUE(pool.call(echo_call("after")).ok());
}

TEST_F(CallbacksTest, OnTheThreadThatSettlesMayDropTheLastReferenceToThePool) {
  const Gate gate(script());
  PoolOptions options = options_for("gated");
  options.callbacks = CallbackThread::kSettling;
  options.log = [](const LogLine&) {};  // the reactor thread may log after this test has ended
  auto pool = std::make_shared<Pool>(std::move(options));
  std::promise<int> last;
  pool->submit(echo_call("gate"), [pool](const Outcome&) {});
  pool->submit(echo_call("behind"), [&](const Outcome& outcome) { last.set_value(outcome.pid); });
  pool.reset();
  gate.open();
  wait_until_dead(result_of(last.get_future()));
}

TEST_F(CallbacksTest, WhereCallsSettleMayDestroyThePoolInsideItsSubmit) {
  PoolOptions options = options_for("echo");
  options.callbacks = CallbackThread::kSettling;
  auto pool = std::make_unique<Pool>(std::move(options));
  pool->shutdown(0);
  pool->submit(echo_call("x"), [&](const Outcome&) {
    pool->submit(echo_call("y"), [](const Outcome&) { throw std::runtime_error("the second"); });
    pool.reset();
    throw std::runtime_error("the first");
  });
  EXPECT_TRUE(log_.has("a callback of submit() threw: the first"));
  EXPECT_TRUE(log_.has("a callback of submit() threw: the second"));
}

}  // namespace
}  // namespace provider_host
