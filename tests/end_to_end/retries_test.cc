// Calls that bring their hosts down, and are run again when that was asked for.
#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

// Crashes as often as the prompt says, over all its hosts.
constexpr const char* kCrashes = R"(
import os
def call_api(prompt, options, context):
    with open(__file__ + ".log", "a") as log:
        log.write("x")
    if os.path.getsize(__file__ + ".log") <= int(prompt):
        os.kill(os.getpid(), 9)
    return {"output": "survived"}
)";

class Retries : public WrittenScript {
 protected:
  Retries() { write(kCrashes); }
  [[nodiscard]] std::uintmax_t runs() const { return std::filesystem::file_size(path().string() + ".log"); }
};

TEST_F(Retries, AreNoneUnlessAskedFor) {
  Pool pool(options());
  const Outcome outcome = pool.call_api("1");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kHostCrashed);
  EXPECT_EQ(outcome.error().crashes, 1);
  EXPECT_EQ(runs(), 1U);
}

TEST_F(Retries, GiveACallAnotherHost) {
  PoolOptions options = this->options();
  options.retries = 1;
  options.retry_backoff = 0.01;
  Pool pool(std::move(options));
  const Outcome outcome = pool.call_api("1");
  ASSERT_TRUE(outcome) << text_of(outcome);
  EXPECT_EQ(outcome.value().at("output"), "survived");
  EXPECT_EQ(runs(), 2U);
  EXPECT_EQ(pool.stats().restarts_by_cause.at("crash"), 1U);
  EXPECT_EQ(pool.stats().succeeded, 1U);
}

TEST_F(Retries, EndWhenACallHasCrashedEnoughHosts) {
  Pool pool(options());
  Call call = Call::api_call("100");
  call.retries = 50;
  const Pending pending = pool.submit(call);
  ASSERT_FALSE(pending.get());
  EXPECT_EQ(pending.get().error().kind, ErrorKind::kHostCrashed);
  EXPECT_EQ(pending.get().error().crashes, 2);
  EXPECT_EQ(runs(), 2U);
}

TEST_F(Retries, AreEndedByACancellationADeadlineAndTheEnd) {
  PoolOptions options = this->options();
  options.retries = 1;
  options.retry_backoff = 1000;
  Pool pool(std::move(options));
  const Pending cancelled = pool.submit(Call::api_call("100"));
  lines_.wait_for("it is replaced", 1);
  EXPECT_TRUE(cancelled.cancel());
  EXPECT_EQ(cancelled.get().error().kind, ErrorKind::kCancelled);
  Call hurried = Call::api_call("100");
  hurried.deadline = 0.5;
  const Outcome late = pool.call(hurried);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout) << text_of(late);
  const auto crashes =
      static_cast<int>(pool.stats().restarts_by_cause.at("crash"));  // the late call may have had no host
  const Pending last = pool.submit(Call::api_call("100"));
  lines_.wait_for("it is replaced", crashes + 1);
  pool.shutdown(0);
  EXPECT_EQ(last.get().error().kind, ErrorKind::kShuttingDown);
}

TEST_F(Retries, AreRefusedToInputsInQuarantine) {
  PoolOptions options = this->options();
  options.quarantine_after = 2;
  Pool pool(std::move(options));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(pool.call_api("100").error().kind, ErrorKind::kHostCrashed);
  for (const Outcome& outcome : {pool.call_api("100"), pool.submit(Call::api_call("100")).get()}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::kQuarantined);
    EXPECT_EQ(outcome.error().crashes, 2);
    EXPECT_EQ(outcome.host, 0);
  }
  EXPECT_EQ(runs(), 2U);
  EXPECT_TRUE(pool.call_api("0")) << "another input";
  EXPECT_EQ(pool.stats().errors_by_kind.at("quarantined"), 2U);
}

TEST_F(Retries, AreRefusedToInputsThatWaitedWhenTheyCameIntoQuarantine) {
  PoolOptions options = this->options();
  options.quarantine_after = 2;
  Pool pool(std::move(options));
  std::vector<Pending> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(pool.submit(Call::api_call("100")));
  const Pending other = pool.submit(Call::api_call("0"));
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_FALSE(waiting[i].get());
    EXPECT_EQ(waiting[i].get().error().kind, i < 2 ? ErrorKind::kHostCrashed : ErrorKind::kQuarantined) << i;
  }
  EXPECT_TRUE(other.get());
  EXPECT_EQ(runs(), 3U);
}

}  // namespace
}  // namespace provider_host
