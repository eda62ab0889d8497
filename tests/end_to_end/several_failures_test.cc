// A host that dies, is given up or is ended with several calls in it.
#include <algorithm>
#include <optional>
#include <thread>

#include "end_to_end/several_pool.h"

namespace provider_host {
namespace {

struct DeathOfMany {
  std::string prompt;
  std::optional<int> signal;
  std::optional<int> exit_code;
  std::string frame;  // of the Python stack; empty when the death leaves none
  std::string function;
};

class SeveralDying : public Several, public testing::WithParamInterface<DeathOfMany> {};

TEST_P(SeveralDying, TheCulpritIsToldFromTheCallsBesideIt) {
  const DeathOfMany& death = GetParam();
  PoolOptions options = this->options();
  options.retry_collateral = false;
  Pool pool(std::move(options));
  auto calls = hold_four(pool);
  const Pending culprit = submit(pool, death.function, death.prompt);
  calls.push_back(culprit);
  for (const Pending& call : calls) {
    const Outcome& outcome = call.get();
    const bool is_culprit = call.id() == culprit.id();
    expect_error(outcome, is_culprit ? ErrorKind::kHostCrashed : ErrorKind::kCollateral);
    EXPECT_EQ(outcome.error().culprit, is_culprit ? std::nullopt : std::optional(std::to_string(culprit.id())));
    EXPECT_EQ(outcome.error().signal, death.signal);
    EXPECT_EQ(outcome.error().exit_code, death.exit_code);
    EXPECT_NE(outcome.error().stack.find(death.frame), std::string::npos) << outcome.error().stack;
    EXPECT_EQ(outcome.pid, calls[0].get().pid);
  }
  for (const std::string function : {"call_api", "ask"}) {
    const Outcome after = submit(pool, function, "after").get();
    expect_output(after, "after");
    EXPECT_NE(after.pid, calls[0].get().pid);
  }
  EXPECT_EQ(pool.stats().restarts, 1U);
  EXPECT_EQ(pool.stats().failed, 5U);
  expect_all_settled_once(pool);
}

TEST_P(SeveralDying, TheCallsBesideTheCulpritAreRunAgain) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const Pending culprit = submit(pool, GetParam().function, GetParam().prompt);
  expect_error(culprit.get(), ErrorKind::kHostCrashed);
  for (const std::string prompt : {"a", "b", "c", "d"}) lines_.wait_for("waiting for " + prompt, 2);
  expect_to_end(held, {"a", "b", "c", "d"});
  EXPECT_NE(held[0].get().pid, culprit.get().pid);
  EXPECT_EQ(pool.stats().restarts, 1U);
  EXPECT_EQ(pool.stats().failed, 1U);
  expect_all_settled_once(pool);
}

std::vector<DeathOfMany> deaths() {
  std::vector<DeathOfMany> deaths;
  for (const std::string function : {"call_api", "ask", "ask_later"}) {
    deaths.push_back({"segfault", SIGSEGV, {}, "in segfault", function});
    deaths.push_back({"abort", SIGABRT, {}, "several.py", function});
    deaths.push_back({"exit", {}, 7, "", function});
    deaths.push_back({"kill", SIGKILL, {}, "", function});
  }
  deaths.push_back({"segfault in a child task", SIGSEGV, {}, "in segfault", "spread"});
  return deaths;
}

INSTANTIATE_TEST_SUITE_P(Deaths, SeveralDying, testing::ValuesIn(deaths()), [](const auto& parameter) {
  std::string name = parameter.param.prompt + "_in_" + parameter.param.function;
  std::ranges::replace(name, ' ', '_');
  return name;
});

class SeveralGivenUp : public Several, public testing::WithParamInterface<std::string> {
 protected:
  // The others go on in the old host; it is kept when the call that was given up has ended.
  void expect_the_others_to_end(Pool& pool, const std::vector<Pending>& held, int old_pid) {
    for (const std::string function : {"call_api", "ask"}) {
      const Outcome after = submit(pool, function, "after").get();
      expect_output(after, "after");
      if (GetParam() == "hold") {
        EXPECT_NE(after.pid, old_pid) << "its thread cannot be interrupted while it waits";
      }
    }
    for (const Pending& call : held) EXPECT_FALSE(call.done());
    expect_to_end(held, {"a", "b", "c", "d"});
    EXPECT_EQ(held[0].get().pid, old_pid);
    expect_all_settled_once(pool);
    EXPECT_EQ(::kill(old_pid, 0), -1) << "the host is still there";
  }
};

INSTANTIATE_TEST_SUITE_P(Several, SeveralGivenUp, testing::Values("hold", "hold_async"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(SeveralGivenUp, ATimeoutEndsItsOwnCallOnly) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const Outcome late = hold(pool, GetParam(), "late", 2).get();  // by then it has begun
  expect_error(late, ErrorKind::kTimeout);
  EXPECT_EQ(late.error().phase, "running");
  EXPECT_NE(late.error().stack.find("in wait_for_gate"), std::string::npos) << late.error().stack;
  expect_the_others_to_end(pool, held, late.pid);
}

TEST_P(SeveralGivenUp, ACancelEndsItsOwnCallOnly) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const Pending unwanted = hold(pool, GetParam(), "unwanted");
  EXPECT_TRUE(unwanted.cancel());
  expect_error(unwanted.get(), ErrorKind::kCancelled);
  expect_the_others_to_end(pool, held, unwanted.get().pid);
}

TEST_P(SeveralGivenUp, TheirHostMayStillDieUnderTheOthers) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const Pending unwanted = hold(pool, GetParam(), "unwanted");
  unwanted.cancel();
  expect_error(unwanted.get(), ErrorKind::kCancelled);
  ASSERT_EQ(::kill(unwanted.get().pid, SIGKILL), 0);
  for (const Pending& call : held) expect_error(call.get(), ErrorKind::kHostCrashed);
  expect_output(submit(pool, "ask", "after").get(), "after");
  expect_all_settled_once(pool);
}

TEST_F(Several, EachHasItsOwnTimeout) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const Pending first = submit(pool, "call_api", "sleep", nlohmann::json::object(), 2);
  const Pending second = hold(pool, "hold_async", "second", 2.5);
  expect_error(first.get(), ErrorKind::kTimeout);
  expect_error(second.get(), ErrorKind::kTimeout);
  EXPECT_EQ(first.get().pid, second.get().pid);
  expect_to_end(held, {"a", "b", "c", "d"});
  expect_all_settled_once(pool);
}

TEST_F(Several, AreSettledByAShutdown) {
  Pool pool(options());
  const auto held = hold_four(pool);
  const int pid = pool.stats().hosts[0].pid;
  pool.shutdown(0);
  for (const Pending& call : held) {
    ASSERT_TRUE(call.done());
    expect_error(call.get(), ErrorKind::kShuttingDown);
  }
  EXPECT_EQ(::kill(pid, 0), -1) << "the host is still there";
  expect_all_settled_once(pool);
}

TEST_F(Several, AreWaitedForByADrainingShutdown) {
  Pool pool(options());
  const auto held = hold_four(pool);
  std::thread opener([&] {
    for (const std::string prompt : {"a", "b", "c", "d"}) open(prompt);
  });
  pool.shutdown(1000);
  opener.join();
  const std::vector<std::string> prompts{"a", "b", "c", "d"};
  for (std::size_t i = 0; i < held.size(); ++i) expect_output(held[i].get(), prompts[i]);
  expect_all_settled_once(pool);
}

// Longer than what is kept of them.
TEST_F(Several, ATimeoutNamesItsFrameAmongTheStacksOfManyThreads) {
  Pool pool(options(40));
  std::vector<Pending> held;
  for (int i = 0; i < 39; ++i) held.push_back(hold(pool, "hold_deep", std::to_string(i)));
  const Pending spinning = submit(pool, "spin", "late", nlohmann::json::object(), 2);
  const Outcome& late = spinning.get();
  expect_error(late, ErrorKind::kTimeout);
  EXPECT_NE(late.error().message.find("it was at several.py:"), std::string::npos) << late.error().message;
  EXPECT_NE(late.error().message.find(" in spin; "), std::string::npos) << late.error().message;
  for (int i = 0; i < 39; ++i) open(std::to_string(i));
  for (int i = 0; i < 39; ++i) expect_output(held[static_cast<std::size_t>(i)].get(), std::to_string(i));
  expect_all_settled_once(pool);
}

}  // namespace
}  // namespace provider_host
