#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <random>
#include <string>

#include "server/access.h"
#include "server/access_log.h"
#include "server/calls/call_runner.h"
#include "server/http/http_handler.h"
#include "server/monitoring/failure_log.h"
#include "server/monitoring/health.h"
#include "server/monitoring/pool_log.h"
#include "server/monitoring/request_metrics.h"
#include "server/monitoring/server_facts.h"
#include "server/server_context.h"
#include "server/server_options.h"
#include "server/watchers.h"

namespace provider_host::server {

/// What the server does with requests. On the I/O thread alone, but for what says otherwise.
class Service : public HttpHandler {
 public:
  /// `log` may be added to by any thread; all four outlive it.
  Service(const ServerOptions& options, CallRunner& runner, const PoolLog& log, AccessLog& access_log);
  ~Service() override;

  /// Once in a while: events for those who watch, heartbeats. Four times a second.
  void tick();
  /// Readiness is off from now on.
  void drain() { draining_ = true; }
  /// Those who watch are not waited for.
  void end_watching() { watchers_.close(); }
  void reopen_log() { access_log_.reopen(); }
  /// Requests that have no response yet; any thread.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] const RequestMetrics& metrics() const { return metrics_; }

  std::optional<Response> check(const Request& request) override;
  void on_began(Exchange& exchange) override;
  void handle(const std::shared_ptr<Exchange>& exchange) override;
  Response refuse(const Request& request, const Refusal& refusal) override;
  void on_finished(const Exchange& exchange, bool sent) override;
  void on_opened() override { metrics_.connection_opened(); }
  void on_closed() override { metrics_.connection_closed(); }
  void on_turned_away() override { metrics_.connection_refused(); }

 private:
  void respond(const std::shared_ptr<Exchange>& exchange);
  [[nodiscard]] std::optional<Response> respond_to_options(const Request& request, Route route) const;
  void respond_health(Exchange& exchange);
  void respond_models(Exchange& exchange);
  void respond_page(Exchange& exchange);
  void respond_stats(const std::shared_ptr<Exchange>& exchange);
  [[nodiscard]] HealthVerdict verdict(const PoolStats& stats, HealthLevel level = HealthLevel::kProcess) const;
  [[nodiscard]] std::string snapshot() const;
  std::string new_id();

  const ServerOptions& options_;
  CallRunner& runner_;
  const PoolLog& log_;
  const ServerFacts facts_;
  const Access access_;
  AccessLog& access_log_;
  RequestMetrics metrics_;
  FailureLog failures_;
  ServerContext context_;
  Watchers watchers_;
  std::mt19937_64 random_;
  unsigned ticks_ = 0;
  bool draining_ = false;
  std::atomic<std::size_t> in_flight_ = 0;
};

}  // namespace provider_host::server
