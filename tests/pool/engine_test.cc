// The reactor's side of a pool, iteration by iteration: hosts are fakes, and time is what the test says.
#include "pool/engine.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "pool/fake_host.h"
#include "pool/fast_path.h"
#include "pool/temporary_directory.h"

namespace provider_host::internal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    options_.script = directory_.path() / "script.py";
    std::ofstream(options_.script) << "nobody reads it\n";
    options_.python = std::filesystem::path(TEST_PROVIDERS).parent_path() / "children/fake_python";
    options_.host_executable = "/bin/true";
    options_.timeout = 0;
    options_.concurrency = 2;
    options_.retry_backoff = 1;
  }
  ~EngineTest() override {
    if (parts_ == nullptr) return;
    phase().begin_drain(now_);
    for (int i = 0; i < 20 && !parts_->engine.is_done(); ++i) {
      turn();
      for (auto& host : hosts_) {
        if (!host->has_exited()) host->exit({{}, 0});
      }
    }
    EXPECT_TRUE(parts_->engine.is_done());
  }

  /// Whatever is to be set in options_ is set before.
  void start() {
    parts_ = std::make_unique<Parts>(options_, now_, [this] { return spawn(); });
  }
  /// Starts with one host that is ready.
  FakeHost& start_ready() {
    start();
    turn();
    hosts_.at(0)->ready();
    turn();
    return *hosts_.at(0);
  }
  /// What the reactor does in the next `after` seconds, until nothing happens any more.
  void turn(double after = 0) {
    const TimePoint until = now_ + seconds(after);
    for (int quiet = 0; quiet < 10; ++quiet) {
      const auto next = parts_->reactor.timers().next();
      if (next && *next <= until) {
        now_ = std::max(now_, *next);
        parts_->reactor.timers().run_due(now_);
        quiet = 0;
      }
      parts_->engine.on_iteration();
      parts_->reactor.poller().wait(Clock::now());
    }
    now_ = until;
    parts_->engine.on_iteration();
  }
  CallPtr make(const CallLimits& limits = {}) {
    return std::make_shared<CallState>(++last_id_, Submission{.call = Call::api_call("x")}, limits, now_, nullptr);
  }
  CallPtr submit(const CallLimits& limits = {}) {
    CallPtr call = make(limits);
    EXPECT_FALSE(parts_->queue.push(call, {}));
    return call;
  }
  static ErrorKind kind_of(const CallPtr& call) {
    EXPECT_TRUE(call->settled());
    if (!call->settled() || call->wait().ok()) return ErrorKind::kProtocolError;
    return call->wait().error().kind;
  }
  Phase& phase() { return parts_->phase; }
  PoolStats stats() { return parts_->metrics.stats(phase().is_closing()); }

  TemporaryDirectory directory_;
  PoolOptions options_;
  TimePoint now_ = Clock::now();
  std::vector<std::unique_ptr<FakeHost>> hosts_;  // all that were started
  int failing_starts_ = 0;                        // to come

 private:
  SpawnedHost spawn() {
    if (failing_starts_ > 0 && failing_starts_-- > 0) throw std::system_error(EAGAIN, std::generic_category(), "fork");
    hosts_.push_back(std::make_unique<FakeHost>(1000 + static_cast<int>(hosts_.size())));
    return hosts_.back()->spawned();
  }

 protected:
  struct Parts {
    Parts(const PoolOptions& options, const TimePoint& now, std::function<SpawnedHost()> spawn)
        : reactor([&now] { return now; }),
          log([](const LogLine&) {}),
          callbacks(CallbackThread::kSettling, [](std::string_view) {}),
          metrics(static_cast<std::size_t>(options.workers)),
          queue(options.max_queue, metrics),
          leases(static_cast<std::size_t>(options.workers), reactor),
          settler(queue, metrics, callbacks),
          engine(
              {options, reactor, queue, leases, cancellations, quarantine, metrics, settler, phase, start_result, log},
              Launcher(
                  options, [spawn](const HostProgram&, const std::string&) { return spawn(); }, log)) {}

    Reactor reactor;
    LogQueue log;
    CallbackExecutor callbacks;
    Phase phase;
    StartResult start_result;
    Metrics metrics;
    Quarantine quarantine;
    Cancellations cancellations;
    AdmissionQueue queue;
    HostLeases leases;
    CallSettler settler;
    Engine engine;
  };
  std::unique_ptr<Parts> parts_;
  std::uint64_t last_id_ = 0;
};

// --- calls

TEST_F(EngineTest, BringsACallToAHostAndTakesTheResponse) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.respond(host.take_call(), "42");
  turn();
  ASSERT_TRUE(call->settled());
  EXPECT_EQ(call->wait().json(), "42");
  EXPECT_EQ(call->wait().pid, host.pid());
  EXPECT_EQ(stats().succeeded, 1U);
}

TEST_F(EngineTest, SendsAHostNoMoreCallsThanItsConcurrency) {
  FakeHost& host = start_ready();
  const std::vector<CallPtr> calls{submit(), submit(), submit()};
  turn();
  const std::string first = host.take_call();
  host.take_call();
  EXPECT_FALSE(host.has_message());
  EXPECT_EQ(parts_->queue.size(), 1U);
  host.respond(first, "1");
  turn();
  EXPECT_EQ(host.take_call(), "3");
}

TEST_F(EngineTest, GivesACallToTheHostWithTheFewest) {
  options_.workers = 2;
  start();
  turn();
  for (auto& host : hosts_) host->ready();
  turn();
  submit();
  turn();
  submit();
  turn();
  EXPECT_TRUE(hosts_.at(0)->has_message());
  EXPECT_TRUE(hosts_.at(1)->has_message());
}

TEST_F(EngineTest, EndsACallWhoseDeadlinePassesInTheQueue) {
  start();
  const CallPtr call = submit({.deadline = 0.000'001});
  turn(1);
  EXPECT_EQ(kind_of(call), ErrorKind::kTimeout);
  EXPECT_TRUE(parts_->queue.empty());
}

// --- timeouts and cancellation

TEST_F(EngineTest, InterruptsACallWhoseTimeIsUpThenReplacesItsHostThenKillsIt) {
  options_.interrupt_grace = 5;
  FakeHost& host = start_ready();
  const CallPtr late = submit({.timeout = 100});
  turn();
  host.take_call();
  turn(101);
  EXPECT_THAT(host.control_message(), HasSubstr("dump"));
  EXPECT_EQ(kind_of(late), ErrorKind::kTimeout) << "half a second after, when the stacks have not come";
  EXPECT_THAT(host.control_message(), HasSubstr("cancel"));
  EXPECT_EQ(hosts_.size(), 2U);
  EXPECT_THAT(host.signals(), IsEmpty()) << "its code still has interrupt_grace";
  turn(5);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(stats().restarts_by_cause.at("unresponsive"), 1U);
}

TEST_F(EngineTest, KeepsAHostWhoseCodeEndsWhenItIsInterrupted) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  const std::string id = host.take_call();
  parts_->cancellations.ask(call, CallState::Wish::kCancel);
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kCancelled);
  host.respond(id, "1");
  turn();
  turn(100);
  EXPECT_EQ(hosts_.size(), 1U);
  EXPECT_THAT(host.signals(), IsEmpty());
  const CallPtr next = submit();
  turn();
  EXPECT_EQ(host.take_call(), "2");
  EXPECT_FALSE(next->settled());
}

// --- crashes

TEST_F(EngineTest, TellsTheCulpritOfACrashAndRunsTheOthersAgain) {
  FakeHost& host = start_ready();
  const CallPtr culprit = submit();
  const CallPtr beside = submit();
  const CallPtr unread = submit();
  turn();
  host.take_call();
  host.take_call();
  host.record().culprit = 1;
  host.record().cause = wire::CrashRecord::kFatalSignal;
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(culprit), ErrorKind::kHostCrashed);
  EXPECT_THAT(culprit->wait().error().message, HasSubstr("SIGSEGV"));
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(hosts_.at(1)->take_call(), "3");
  EXPECT_FALSE(beside->settled() || unread->settled());
  EXPECT_EQ(stats().restarts_by_cause.at("crash"), 1U);
}

TEST_F(EngineTest, PutsCallsBackThatTheirHostNeverRead) {
  FakeHost& host = start_ready();
  submit();
  submit();
  turn();
  host.exit({SIGKILL, {}});
  turn();
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(stats().failed, 0U);
}

TEST_F(EngineTest, RetriesTheCulpritAfterAPauseWhenItMay) {
  FakeHost& host = start_ready();
  const CallPtr call = submit({.retries = 1});
  turn();
  host.take_call();
  host.exit({SIGSEGV, {}});
  turn();
  hosts_.at(1)->ready();
  turn();
  EXPECT_FALSE(hosts_.at(1)->has_message()) << "it is in backoff";
  turn(1);
  EXPECT_EQ(hosts_.at(1)->take_call(), "1");
  hosts_.at(1)->exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_EQ(call->wait().error().crashes, 2);
}

TEST_F(EngineTest, EndsAHostThatBreaksTheProtocol) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  host.take_call();
  host.send("rubbish");
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kProtocolError);
  EXPECT_THAT(host.signals(), ElementsAre(SIGKILL));
  EXPECT_EQ(hosts_.size(), 2U);
}

TEST_F(EngineTest, GoesOnAfterAStartThatFails) {
  failing_starts_ = 1;
  start();
  turn();
  EXPECT_TRUE(hosts_.empty());
  turn(10);
  ASSERT_EQ(hosts_.size(), 1U);
  hosts_.at(0)->ready();
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(EngineTest, OpensTheBreakerAfterTooManyCrashes) {
  options_.max_consecutive_crashes = 1;
  FakeHost& host = start_ready();
  const CallPtr waiting = submit();
  host.exit({SIGSEGV, {}});
  turn();
  EXPECT_EQ(kind_of(waiting), ErrorKind::kPoolUnavailable);
  const auto refused = parts_->queue.push(make(), {});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::kPoolUnavailable);
  EXPECT_EQ(hosts_.size(), 1U);
}

// --- recycling

TEST_F(EngineTest, ReplacesAHostThatHasServedEnoughBetweenTwoCalls) {
  options_.max_calls_per_host = 1;
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  EXPECT_EQ(hosts_.size(), 2U) << "its replacement starts while it works";
  hosts_.at(1)->ready();
  turn();
  host.respond(host.take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
  submit();
  turn();
  EXPECT_EQ(hosts_.at(1)->take_call(), "2");
  EXPECT_EQ(stats().restarts_by_cause.at("call_limit"), 1U);
}

// --- the end

TEST_F(EngineTest, WaitsForRunningCallsAsLongAsItMay) {
  FakeHost& host = start_ready();
  const CallPtr call = submit();
  turn();
  phase().begin_drain(Clock::now() + seconds(1000));
  parts_->queue.close();
  turn();
  EXPECT_FALSE(call->settled());
  host.respond(host.take_call(), "1");
  turn();
  EXPECT_TRUE(call->wait().ok());
  EXPECT_TRUE(phase().is_stopping());
  EXPECT_FALSE(parts_->engine.is_done());
  host.exit({{}, 0});
  turn();
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(EngineTest, GivesUpWhatRunsWhenItsTimeIsUp) {
  FakeHost& host = start_ready();
  const CallPtr running = submit();
  turn();
  host.take_call();
  phase().begin_drain(now_);
  const CallPtr queued = submit();
  turn();
  EXPECT_EQ(kind_of(running), ErrorKind::kShuttingDown);
  EXPECT_EQ(kind_of(queued), ErrorKind::kShuttingDown);
}

}  // namespace
}  // namespace provider_host::internal
