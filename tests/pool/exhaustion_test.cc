// One allocation after the other fails in the pool's threads while calls meet their fates: each settles, and the pool
// goes on.
#include <unistd.h>

#include <functional>

#include "inject/failing_allocations.h"
#include "pool/child_pool.h"

namespace provider_host {
namespace {

using inject::FailingAllocations;
using inject::Threads;

/// A call to the `hostile` child, which does what `fault` says before it answers.
Call hostile_call(const std::string& fault, const std::string& affinity = "") {
  Call call = Call::of("f", nlohmann::json::array({"text", {{"do", fault}}}));
  call.affinity = affinity;
  return call;
}

struct Fate {
  const char* name;
  std::function<void(Pool&, std::vector<Pending>&)> submit;
};
void PrintTo(const Fate& fate, std::ostream* out) { *out << fate.name; }

class ExhaustionTest : public ChildPool, public testing::WithParamInterface<Fate> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("hostile");
    options.max_consecutive_crashes = 1'000'000;
    options.quarantine_after = 0;
    options.interrupt_grace = 0.02;
    options.stop_grace = 0.02;
    options.log = [](const LogLine&) {};
    return options;
  }
  static void expect_settled(const Pending& call, std::uint64_t place) {
    ASSERT_TRUE(call.wait_for(20)) << "a call does not settle when allocation " << place << " fails";
  }
};

const std::vector<Fate> kFates = {
    {"Answer", [](Pool& pool, auto& calls) { calls.push_back(pool.submit(hostile_call(""))); }},
    {"KeyedAnswers",
     [](Pool& pool, auto& calls) {
       for (int i = 0; i < 3; ++i) calls.push_back(pool.submit(hostile_call("", "key")));
     }},
    {"Violation", [](Pool& pool, auto& calls) { calls.push_back(pool.submit(hostile_call("wrong-id"))); }},
    {"QueuedDeadline",
     [](Pool& pool, auto& calls) {
       Call call = hostile_call("pause");
       call.deadline = 0.002;
       for (int i = 0; i < 3; ++i) calls.push_back(pool.submit(call));
     }},
    {"Cancellation",
     [](Pool& pool, auto& calls) {
       for (int i = 0; i < 2; ++i) calls.push_back(pool.submit(hostile_call("silent")));
       for (const Pending& call : calls) call.cancel();
     }},
};

INSTANTIATE_TEST_SUITE_P(Pool, ExhaustionTest, testing::ValuesIn(kFates),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_P(ExhaustionTest, OfThePoolsMemoryLosesNoCall) {
  Pool pool(options());
  bool hit = true;
  for (std::uint64_t place = 1; hit && place < 400; ++place) {
    std::vector<Pending> calls;
    {
      const FailingAllocations failing(Threads::kOthers, {.first = place, .period = 0});
      GetParam().submit(pool, calls);
      for (const Pending& call : calls) expect_settled(call, place);
      if (HasFatalFailure()) ::_exit(1);  // the pool would wait for it for ever
      hit = failing.failed() > 0;
    }
    expect_settled(pool.submit(hostile_call("")), place);
  }
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, stats.succeeded + stats.failed);
  pool.shutdown(0);
}

}  // namespace
}  // namespace provider_host
