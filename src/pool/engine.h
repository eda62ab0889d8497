#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pool/admission_queue.h"
#include "pool/call/call_recall.h"
#include "pool/call/call_settler.h"
#include "pool/call/call_termination.h"
#include "pool/call/cancellations.h"
#include "pool/call/transferred_calls.h"
#include "pool/crash_handler.h"
#include "pool/dispatcher.h"
#include "pool/health_monitor.h"
#include "pool/host/host.h"
#include "pool/host/launcher.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/metrics.h"
#include "pool/phase.h"
#include "pool/policy/quarantine.h"
#include "pool/policy/retry_backoff.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/recycler.h"
#include "pool/reloader.h"
#include "pool/scaler.h"
#include "pool/shutdown.h"
#include "pool/spare_keeper.h"
#include "pool/start_result.h"
#include "pool/stream/credit_requests.h"
#include "pool/supervisor.h"
#include "pool/timeout_escalation.h"
#include "provider_host/call.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// The parts of a pool that belong to the reactor thread: runs them in each iteration, and routes the events of hosts
/// to them.
///
/// A call that is not settled is in exactly one place: the queue, a lease, in flight with a host, in backoff, or
/// between queue and host. It is added to the next one before it is removed from the last one, or after everything that
/// can throw. So a step that throws is repeated in the next iteration. For the same reason HostEvents stay set until
/// they are handled.
///
/// No step takes longer when there are more hosts that nothing happens to (HostSet::for_each_changed).
class Engine : public Reactor::Client, private Host::Listener {
 public:
  /// Shared with callers; all outlive this.
  struct Shared {
    const PoolOptions& options;
    Reactor& reactor;
    AdmissionQueue& queue;
    HostLeases& leases;
    Cancellations& cancellations;
    CreditRequests& credit_requests;
    Quarantine& quarantine;
    Metrics& metrics;
    CallSettler& settler;
    Phase& phase;
    StartResult& start_result;
    LogQueue& log;
  };

  Engine(const Shared& shared, Launcher launcher);

  /// Starts the periodic checks of health and memory. The reactor thread.
  void watch();

  /// See Reloader::begin. The reactor thread.
  void begin_reload(Launcher::Program program, const std::shared_ptr<Reloader::Result>& result) {
    reloader_.begin(std::move(program), result);
  }

  // --- any thread
  /// The API of calls that name none, as the last ready host reported it.
  [[nodiscard]] Api script_api() const { return script_api_; }
  /// File name of the script.
  [[nodiscard]] const std::string& script_name() const { return supervisor_.script_name(); }
  HealthMonitor& health() { return health_; }

  // --- Reactor::Client
  void on_iteration() override;
  [[nodiscard]] std::optional<TimePoint> next_due() const override;
  [[nodiscard]] Clock::duration rest() const override { return dispatcher_.rest(); }
  [[nodiscard]] bool is_done() const override { return shutdown_.is_done(); }
  void on_exception() noexcept override;

 private:
  // --- Host::Listener
  void on_ready(Host& host, const wire::ReadyMessage& message) override;
  void on_start_failed(Host& host, Error error) override { supervisor_.on_start_failed(host, std::move(error), true); }
  void on_template_message(Host& host, const wire::HostMessage& message) override {
    supervisor_.on_template_message(host, message);
  }
  void on_response(Host& host, const CallPtr& call, Outcome outcome) override {
    dispatcher_.on_response(host, call, std::move(outcome));
  }
  void on_item(Host& /*host*/, const CallPtr& call, std::string_view json, std::size_t payload) override {
    dispatcher_.on_item(call, json, payload);
  }
  void on_turn(Host& host) override { dispatcher_.begin_next(host); }
  void on_interrupted(Host& host) override { escalation_.on_interrupted(host); }
  void on_stacks(Host& host) override;
  void on_line(Host& host, std::string_view source, std::string_view line) override;
  void on_change(Host& host) noexcept override { hosts_.on_change(host); }

  void grant_credit();
  void watch_streams();
  [[nodiscard]] bool is_settled(const Worker& worker) const;
  [[nodiscard]] bool each_call_is_in_one_place();

  const Shared shared_;
  std::atomic<Api> script_api_ = Api::kCall;
  HostSet hosts_;
  RetryBackoff retries_;
  CallRecall recall_;
  Supervisor supervisor_;
  TimeoutEscalation escalation_;
  Recycler recycler_;
  Reloader reloader_;
  Scaler scaler_;
  SpareKeeper spares_;
  CrashHandler crashes_;
  Dispatcher dispatcher_;
  CallTermination termination_;
  TransferredCalls transferred_;
  Shutdown shutdown_;
  HealthMonitor health_;
  Timer streams_timer_;
};

}  // namespace provider_host::internal
