// How hosts with new code take the places of the former ones.
#include "pool/reloader.h"

#include <gmock/gmock.h>

#include <csignal>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::HasSubstr;

class ReloaderTest : public EngineFixture {
 protected:
  using Result = std::future<std::optional<Error>>;

  Result reload() {
    const auto result = std::make_shared<Reloader::Result>();
    parts_->engine.begin_reload(Launcher::resolve(options_), result);
    return result->get_future();
  }
  Result reload_and_turn() {
    Result result = reload();
    turn();
    return result;
  }
  static bool has_ended(const Result& result) {
    return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  static void expect_success(Result& result) {
    ASSERT_TRUE(has_ended(result));
    const auto error = result.get();
    EXPECT_FALSE(error) << error->message;
  }
  static std::string message_of(Result& result) {
    EXPECT_TRUE(has_ended(result));
    if (!has_ended(result)) return "";
    return result.get().value_or(Error{}).message;
  }
  /// The number of hosts that were started, the last of which is ready now.
  void ready_last(std::size_t started) {
    ASSERT_EQ(hosts_.size(), started);
    hosts_.back()->ready();
    turn();
  }
  static void fail(FakeHost& host, const std::string& message = "no module foo") {
    host.send(R"({"type":"failed","error":{"kind":"import_failed","message":")" + message +
              R"(","type":"ModuleNotFoundError"}})");
    host.exit({{}, 3});
  }
  void start_all_ready(int workers) {
    options_.workers = workers;
    start();
    turn();
    for (auto& host : hosts_) host->ready();
    turn();
  }
  /// Whether a call goes to this host now; it is answered.
  bool serves(FakeHost& host) {
    const CallPtr call = submit();
    turn();
    const bool has_it = host.has_message();
    for (auto& each : hosts_) {
      const bool is_ready = each->record().in_use == wire::CrashRecord::kInUse;
      if (is_ready && !each->has_exited() && each->has_message()) each->respond(each->take_call(), "1");
    }
    turn();
    EXPECT_TRUE(call->settled());
    return has_it;
  }
  int pid_of_worker(std::size_t number) { return stats().hosts.at(number - 1).pid; }
};

TEST_F(ReloaderTest, TheHostWorksUntilTheNewOneIsReadyAndKeepsItsCalls) {
  FakeHost& old = start_ready();
  const CallPtr running = submit();
  turn();
  const std::string id = old.take_call();
  Result result = reload_and_turn();
  ASSERT_EQ(hosts_.size(), 2U);
  EXPECT_TRUE(serves(old));
  EXPECT_FALSE(has_ended(result));
  ready_last(2);
  expect_success(result);
  EXPECT_FALSE(old.is_told_to_end()) << "it has a call";
  EXPECT_TRUE(serves(*hosts_.at(1))) << "beside the call of the old one";
  old.respond(id, "1");
  turn();
  EXPECT_TRUE(running->wait().ok());
  EXPECT_TRUE(old.is_told_to_end());
  EXPECT_EQ(stats().restarts_by_cause.at("reload"), 1U);
}

TEST_F(ReloaderTest, ReplacesOneHostAfterTheOther) {
  start_all_ready(3);
  Result result = reload_and_turn();
  for (std::size_t started = 4; started <= 6; ++started) {
    EXPECT_FALSE(has_ended(result));
    ready_last(started);
  }
  expect_success(result);
  EXPECT_EQ(hosts_.size(), 6U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(hosts_.at(i)->is_told_to_end());
    EXPECT_EQ(pid_of_worker(i + 1), hosts_.at(i + 3)->pid());
  }
}

TEST_F(ReloaderTest, CodeThatCannotBeImportedCostsNoHost) {
  start_all_ready(2);
  Result result = reload_and_turn();
  fail(*hosts_.at(2), "no module foo");
  turn(1000);
  EXPECT_THAT(message_of(result), HasSubstr("no module foo"));
  EXPECT_EQ(hosts_.size(), 3U) << "nothing more is tried";
  EXPECT_TRUE(serves(*hosts_.at(0)) || serves(*hosts_.at(1)));
  EXPECT_EQ(stats().restarts_by_cause.size(), 0U);

  Result mended = reload_and_turn();
  ready_last(4);
  ready_last(5);
  expect_success(mended);
}

TEST_F(ReloaderTest, AHostThatCannotBeStartedEndsItToo) {
  start_ready();
  failing_starts_ = 1;
  Result result = reload_and_turn();
  EXPECT_THAT(message_of(result), HasSubstr("no host can be started"));
  EXPECT_TRUE(serves(*hosts_.at(0)));
}

TEST_F(ReloaderTest, AReplacementThatIsTooSlowEndsItToo) {
  options_.start_timeout = 10;
  start_ready();
  Result result = reload_and_turn();
  turn(20);
  EXPECT_THAT(message_of(result), HasSubstr("10"));
  EXPECT_THAT(hosts_.at(1)->signals(), ::testing::Contains(SIGKILL));
  EXPECT_TRUE(serves(*hosts_.at(0)));
}

TEST_F(ReloaderTest, HostsThatWereReplacedBeforeAFailureKeepTheNewCode) {
  start_all_ready(2);
  Result result = reload_and_turn();
  ready_last(3);
  ASSERT_EQ(hosts_.size(), 4U);
  hosts_.at(3)->exit({{}, 1});
  turn();
  EXPECT_THAT(message_of(result), HasSubstr("exited with code 1"));
  EXPECT_EQ(pid_of_worker(1), hosts_.at(2)->pid());
  EXPECT_EQ(pid_of_worker(2), hosts_.at(1)->pid());
}

TEST_F(ReloaderTest, AnotherReloadStartsOverAndBothEndTogether) {
  start_all_ready(2);
  Result first = reload_and_turn();
  ready_last(3);
  ASSERT_EQ(hosts_.size(), 4U) << "the second is under way";
  Result second = reload_and_turn();
  EXPECT_THAT(hosts_.at(3)->signals(), ::testing::Contains(SIGKILL)) << "it has the code of the first reload";
  ready_last(5);
  ready_last(6);
  expect_success(first);
  expect_success(second);
  EXPECT_EQ(pid_of_worker(1), hosts_.at(4)->pid());
  EXPECT_EQ(pid_of_worker(2), hosts_.at(5)->pid());
}

TEST_F(ReloaderTest, AHostThatStartsHasTheFormerCodeAndIsReplaced) {
  start();
  turn();
  Result result = reload_and_turn();
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(0)->ready();
  turn();
  EXPECT_TRUE(serves(*hosts_.at(0))) << "better than none";
  EXPECT_FALSE(has_ended(result));
  ready_last(2);
  expect_success(result);
  EXPECT_TRUE(hosts_.at(0)->is_told_to_end());
}

TEST_F(ReloaderTest, AHostThatDoesNotGetReadyIsNotWaitedFor) {
  start();
  turn();
  Result result = reload_and_turn();
  ready_last(2);
  expect_success(result);
  EXPECT_THAT(hosts_.at(0)->signals(), ::testing::ElementsAre(SIGKILL));
  turn(1000);
  EXPECT_EQ(hosts_.size(), 2U);
  EXPECT_TRUE(serves(*hosts_.at(1)));
}

TEST_F(ReloaderTest, AReplacementThatWasStartedBeforeHasTheFormerCode) {
  options_.max_calls_per_host = 1;
  FakeHost& old = start_ready();
  submit();
  turn();
  ASSERT_EQ(hosts_.size(), 2U) << "it is being recycled";
  Result result = reload_and_turn();
  EXPECT_THAT(hosts_.at(1)->signals(), ::testing::ElementsAre(SIGKILL));
  ready_last(3);
  expect_success(result);
  old.respond(old.take_call(), "1");
  submit();
  turn();
  EXPECT_TRUE(hosts_.at(2)->has_message());
}

TEST_F(ReloaderTest, ACrashMeanwhileBringsTheNewCode) {
  start_all_ready(2);
  Result result = reload_and_turn();
  hosts_.at(1)->exit({SIGSEGV, {}});
  turn();
  ASSERT_EQ(hosts_.size(), 4U);
  hosts_.at(3)->ready();
  turn();
  EXPECT_FALSE(has_ended(result));
  hosts_.at(2)->ready();
  turn();
  expect_success(result);
  EXPECT_EQ(hosts_.size(), 4U) << "the crashed one's successor has the new code";
}

TEST_F(ReloaderTest, TheHostThatIsBeingReplacedMayCrash) {
  FakeHost& old = start_ready();
  Result result = reload_and_turn();
  old.exit({SIGSEGV, {}});
  turn();
  EXPECT_FALSE(has_ended(result));
  ready_last(2);
  expect_success(result);
  EXPECT_TRUE(serves(*hosts_.at(1)));
}

TEST_F(ReloaderTest, NewCodeGetsAChanceAfterACrashLoop) {
  options_.max_consecutive_crashes = 1;
  start_ready().exit({SIGSEGV, {}});
  turn();
  ASSERT_TRUE(parts_->queue.push(make(), {})) << "the breaker is open";
  Result result = reload_and_turn();
  ready_last(2);
  expect_success(result);
  EXPECT_TRUE(serves(*hosts_.at(1)));
}

TEST_F(ReloaderTest, NewCodeThatCannotBeImportedAfterACrashLoopOpensTheBreakerAgain) {
  options_.max_consecutive_crashes = 1;
  start_ready().exit({SIGSEGV, {}});
  turn();
  Result result = reload_and_turn();
  fail(*hosts_.at(1));
  turn();
  EXPECT_THAT(message_of(result), HasSubstr("no module foo"));
  EXPECT_EQ(hosts_.size(), 2U);
  ASSERT_TRUE(parts_->queue.push(make(), {}));
}

TEST_F(ReloaderTest, AHungCallEndsOnTheFormerCodeWhileTheNewOneServes) {
  options_.concurrency = 1;
  options_.max_rss = std::size_t{1} << 50;
  FakeHost& old = start_ready();
  const CallPtr hung = submit();
  turn();
  old.take_call();
  Result result = reload_and_turn();
  ready_last(2);
  expect_success(result);
  EXPECT_TRUE(serves(*hosts_.at(1)));
  EXPECT_FALSE(hung->settled());
}

TEST_F(ReloaderTest, CodeThatObeysTooLateDoesNotBringTheFormerCodeBack) {
  options_.concurrency = 1;
  FakeHost& old = start_ready();
  submit({.timeout = 5});
  turn();
  const std::string id = old.take_call();
  turn(6);
  ASSERT_EQ(hosts_.size(), 2U) << "its code does not end, so another host starts";
  Result result = reload_and_turn();
  ASSERT_EQ(hosts_.size(), 3U);
  hosts_.at(2)->ready();
  turn();
  expect_success(result);
  old.respond(id, "1");
  turn();
  EXPECT_TRUE(serves(*hosts_.at(2)));
  EXPECT_EQ(pid_of_worker(1), hosts_.at(2)->pid());
}

TEST_F(ReloaderTest, IdleSparesAreReplacedByOnesWithNewCode) {
  options_.spares = 1;
  start_ready();
  ready_last(2);
  Result result = reload_and_turn();
  ready_last(3);
  expect_success(result);
  EXPECT_TRUE(hosts_.at(1)->is_told_to_end());
  ready_last(4);  // the new spare
  EXPECT_EQ(pid_of_worker(1), hosts_.at(2)->pid());
  hosts_.at(2)->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(pid_of_worker(1), hosts_.at(3)->pid());
}

TEST_F(ReloaderTest, SparesOutliveCodeThatCannotBeImported) {
  options_.spares = 1;
  start_ready();
  ready_last(2);
  Result result = reload_and_turn();
  fail(*hosts_.at(2));
  turn();
  EXPECT_THAT(message_of(result), HasSubstr("no module foo"));
  hosts_.at(0)->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(pid_of_worker(1), hosts_.at(1)->pid());
}

TEST_F(ReloaderTest, AWorkerWithoutAHostThatIsNotWantedIsNotWaitedFor) {
  options_.workers = {0, 2};
  start();
  turn();
  for (auto& host : hosts_) host->ready();
  options_.idle_timeout = 60;
  turn(300);
  const std::size_t started = hosts_.size();
  Result result = reload_and_turn();
  expect_success(result);
  EXPECT_EQ(hosts_.size(), started);
  submit();
  turn();
  ready_last(started + 1);
  EXPECT_TRUE(hosts_.back()->has_message());
}

TEST_F(ReloaderTest, TheEndOfThePoolEndsIt) {
  start_ready();
  Result result = reload_and_turn();
  close(0);
  turn();
  EXPECT_THAT(message_of(result), HasSubstr("shutting down"));
}

TEST_F(ReloaderTest, RecyclingGoesOnAfterwards) {
  options_.max_calls_per_host = 1;
  start_ready();
  Result result = reload_and_turn();
  ready_last(2);
  expect_success(result);
  EXPECT_TRUE(serves(*hosts_.at(1)));
  ready_last(3);
  EXPECT_TRUE(serves(*hosts_.at(2)));
  EXPECT_EQ(stats().restarts_by_cause.at("reload"), 1U);
  EXPECT_EQ(stats().restarts_by_cause.at("call_limit"), 1U);
}

}  // namespace
}  // namespace provider_host::internal
