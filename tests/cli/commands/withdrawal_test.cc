#include "cli/commands/withdrawal.h"

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "pool/integration/child_pool.h"

namespace provider_host::cli {
namespace {

class Withdrawal : public ChildPool {};

TEST_F(Withdrawal, WaitsUntilThePoolHasHandledIt) {
  PoolOptions options = options_for("echo");
  options.callbacks = CallbackThread::kSettling;
  Pool pool(options);
  std::promise<void> begun;
  std::promise<void> may_go_on;
  pool.submit(echo_call("a"), [&](const Outcome&) {  // so the pool's own thread is late
    begun.set_value();
    may_go_on.get_future().wait();
  });
  begun.get_future().wait();
  const std::vector<Pending> queued{pool.submit(echo_call("b"))};
  auto is_decided = std::async(std::launch::async, [&] {
    withdraw_all(queued);
    return queued[0].done() || queued[0].running();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  may_go_on.set_value();
  EXPECT_TRUE(is_decided.get());
}

TEST_F(Withdrawal, LeavesACallThatRuns) {
  Pool pool(options_for("silent"));
  const std::vector<Pending> calls{pool.submit(echo_call("a")), pool.submit(echo_call("b"))};
  while (!calls[0].running()) std::this_thread::yield();
  withdraw_all(calls);
  EXPECT_TRUE(calls[0].running());
  EXPECT_EQ(kind_of(calls[1].get()), ErrorKind::kCancelled);
  pool.shutdown(0);
}

TEST_F(Withdrawal, OfNothingIsNothing) { withdraw_all({}); }

}  // namespace
}  // namespace provider_host::cli
