#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <system_error>
#include <vector>

#include "helpers/temporary_directory.h"
#include "pool/engine.h"
#include "pool/fake_host.h"

namespace provider_host::internal {

/// A pool without threads and processes: hosts are FakeHosts, and time is what the test says.
class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture() {
    options_.script = directory_.path() / "script.py";
    std::ofstream(options_.script) << "nobody reads it\n";
    options_.python = std::filesystem::path(TEST_PROVIDERS).parent_path() / "children/fake_python";
    options_.host_executable = "/bin/true";
    options_.timeout = 0;
    options_.concurrency = 2;
    options_.retry_backoff = 1;
  }
  ~EngineFixture() override {
    if (parts_ == nullptr) return;
    close(0);
    for (int i = 0; i < 20 && !parts_->engine.is_done(); ++i) {
      turn();
      for (auto& host : hosts_) {
        if (!host->has_exited()) host->exit({{}, 0});
      }
    }
    EXPECT_TRUE(parts_->engine.is_done());
  }

  /// What PoolCore::close() does.
  void close(double drain_seconds) {
    parts_->queue.close();
    parts_->leases.close();
    phase().begin_drain(now_ + seconds(drain_seconds));
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
    iterate();
    for (auto next = parts_->reactor.timers().next(); next && *next <= until; next = parts_->reactor.timers().next()) {
      now_ = std::max(now_, *next);
      parts_->reactor.timers().run_due(now_);
      iterate();
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
  /// Submits a call that may be run again after a crash, and crashes the host with it: the call is in backoff.
  CallPtr submit_into_backoff(FakeHost& host) {
    CallPtr call = submit({.retries = 1});
    turn();
    host.take_call();
    host.exit({SIGSEGV, {}});
    turn();
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
  /// Until what has been sent has been dealt with.
  void iterate() {
    for (int i = 0; i < 10; ++i) {
      parts_->engine.on_iteration();
      parts_->reactor.poller().wait(Clock::now());
    }
  }
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
          metrics(static_cast<std::size_t>(options.workers.max)),
          queue(options.max_queue, metrics, [&now] { return now; }),
          leases(static_cast<std::size_t>(options.workers.max), reactor),
          settler(queue, metrics, callbacks),
          engine({options, reactor, queue, leases, cancellations, credit_requests, quarantine, metrics, settler, phase,
                  start_result, log},
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
    CreditRequests credit_requests;
    AdmissionQueue queue;
    HostLeases leases;
    CallSettler settler;
    Engine engine;
  };
  std::unique_ptr<Parts> parts_;
  std::uint64_t last_id_ = 0;
};

}  // namespace provider_host::internal
