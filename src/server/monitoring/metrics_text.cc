#include "server/monitoring/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "platform/process_usage.h"
#include "provider_host/error.h"
#include "server/monitoring/health.h"

namespace provider_host::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using MetricLabels = std::vector<ClientMetric::Label>;

/// The families, one after the other.
class FamilyList {
 public:
  void begin(MetricType type, std::string name, std::string help) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }

  /// One value of the last family, which is a counter or a gauge.
  template <typename Number>
  void value(Number number, MetricLabels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = metric.gauge.value = static_cast<double>(number);
    families_.back().metric.push_back(std::move(metric));
  }

  void value(const DurationHistogram& durations, MetricLabels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_count = durations.count();
    metric.histogram.sample_sum = durations.sum();
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket < DurationHistogram::kBounds.size(); ++bucket) {
      count += durations.counts()[bucket];
      metric.histogram.bucket.push_back({count, DurationHistogram::kBounds[bucket]});
    }
    families_.back().metric.push_back(std::move(metric));
  }

  void value(const LatencyStats& latency) {
    ClientMetric metric;
    metric.summary.sample_count = latency.count;
    metric.summary.sample_sum = latency.mean / 1000 * static_cast<double>(latency.count);
    if (latency.count > 0) {
      metric.summary.quantile = {{0.5, latency.p50 / 1000},
                                 {0.9, latency.p90 / 1000},
                                 {0.99, latency.p99 / 1000},
                                 {0.999, latency.p999 / 1000},
                                 {1, latency.max / 1000}};
    }
    families_.back().metric.push_back(std::move(metric));
  }

  template <typename Value>
  void single(MetricType type, std::string name, std::string help, const Value& number) {
    begin(type, std::move(name), std::move(help));
    value(number);
  }

  /// Those that have values, since a family without any says nothing.
  [[nodiscard]] std::string text() {
    std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

template <typename Function>
void for_each_route(const Function& function) {
  for (std::size_t route = 0; route < kRouteCount; ++route) function(static_cast<Route>(route));
}

MetricLabels label_of(Route route) { return {{"route", std::string(to_string(route))}}; }

void add_server(FamilyList& list, const ServerFacts& facts) {
  list.begin(MetricType::Gauge, "provider_host_build_info", "1, with the version and what is served as labels.");
  list.value(
      1, {{"version", facts.version}, {"script", to_valid_utf8(facts.script)}, {"model", to_valid_utf8(facts.model)}});
}

void add_connections(FamilyList& list, const RequestMetrics& requests) {
  list.single(MetricType::Gauge, "provider_host_http_connections", "Open connections.", requests.open_connections());
  list.single(MetricType::Counter, "provider_host_http_connections_opened_total", "Connections that were opened.",
              requests.connections());
  list.single(MetricType::Counter, "provider_host_http_connections_refused_total",
              "Connections that were closed at once, as there were too many.", requests.refused_connections());
  list.single(MetricType::Counter, "provider_host_http_request_bytes_total", "Bytes received.", requests.bytes_in());
  list.single(MetricType::Counter, "provider_host_http_response_bytes_total", "Bytes sent.", requests.bytes_out());
}

void add_requests(FamilyList& list, const RequestMetrics& requests) {
  list.begin(MetricType::Counter, "provider_host_http_requests_total", "Requests that ended, by route and HTTP code.");
  for_each_route([&](Route route) {
    for (int status = RequestMetrics::kLowestStatus; status <= RequestMetrics::kHighestStatus; ++status) {
      const std::uint64_t count = requests.ended(route, status);
      if (count == 0) continue;
      auto labels = label_of(route);
      labels.push_back({"code", std::to_string(status)});
      list.value(count, std::move(labels));
    }
  });
  list.begin(MetricType::Gauge, "provider_host_http_requests_in_flight", "Requests that have not ended, by route.");
  for_each_route([&](Route route) { list.value(requests.in_flight(route), label_of(route)); });
  list.begin(MetricType::Histogram, "provider_host_http_request_duration_seconds",
             "Seconds from the start of a request to the end of its response, by route.");
  for_each_route([&](Route route) { list.value(requests.durations(route), label_of(route)); });
}

void add_streams(FamilyList& list, const RequestMetrics& requests) {
  list.single(MetricType::Gauge, "provider_host_http_streams", "Responses that are being streamed.",
              requests.open_streams());
  list.single(MetricType::Counter, "provider_host_http_streams_started_total", "Streamed responses that were started.",
              requests.streams());
  list.single(MetricType::Counter, "provider_host_stream_items_total", "Items that were sent in streams.",
              requests.items());
  list.single(MetricType::Histogram, "provider_host_stream_first_item_seconds",
              "Seconds from the start of a request to the first item of its stream.", requests.first_items());
}

/// The counts, and zero for the names that have none, so that rates exist from the first event on.
void add_counts(FamilyList& list, const char* label, std::map<std::string, std::uint64_t> counts,
                const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) counts.try_emplace(std::string(name), 0);
  for (const auto& [name, count] : counts) list.value(count, {{label, name}});
}

std::vector<std::string_view> error_kinds() {
  std::vector<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kProtocolError); ++kind) {
    names.push_back(to_string(static_cast<ErrorKind>(kind)));
  }
  return names;
}

void add_calls(FamilyList& list, const PoolStats& pool) {
  list.single(MetricType::Counter, "provider_host_calls_submitted_total", "Calls that the pool was given.",
              pool.submitted);
  list.begin(MetricType::Counter, "provider_host_calls_total", "Calls that ended, by outcome.");
  list.value(pool.succeeded, {{"outcome", "succeeded"}});
  list.value(pool.failed, {{"outcome", "failed"}});
  list.begin(MetricType::Counter, "provider_host_call_errors_total", "Calls that failed, by the kind of the error.");
  add_counts(list, "kind", pool.errors_by_kind, error_kinds());
  list.single(MetricType::Gauge, "provider_host_queue_length", "Calls that wait for a host.", pool.queued);
  list.single(MetricType::Counter, "provider_host_affinity_moves_total",
              "Affinity keys that went on in another host, without their state.", pool.affinity_moves);
  list.single(MetricType::Summary, "provider_host_call_duration_seconds",
              "Seconds that succeeded calls took in a host; quantiles since the pool was started.", pool.latency);
  list.single(MetricType::Summary, "provider_host_queue_wait_seconds",
              "Seconds from submission to when a host had the call; quantiles since the pool was started.",
              pool.queue_wait);
}

void add_restarts(FamilyList& list, const PoolStats& pool) {
  list.begin(MetricType::Counter, "provider_host_restarts_total", "Hosts that were replaced, by cause.");
  add_counts(list, "cause", pool.restarts_by_cause,
             {"crash", "unresponsive", "failed_start", "protocol_error", "call_limit", "memory_limit", "reload"});
  list.single(MetricType::Summary, "provider_host_crash_to_ready_seconds",
              "Seconds from when a crash was known to when the next host was ready.", pool.crash_to_ready);
}

MetricLabels label_of(const HostStats& host) { return {{"host", std::to_string(host.number)}}; }

/// A family with a value for each host that has one: `value_of` returns a number or an optional one.
template <typename Function>
void add_of_hosts(FamilyList& list, const PoolStats& pool, MetricType type, const char* name, const char* help,
                  const Function& value_of) {
  list.begin(type, name, help);
  for (const HostStats& host : pool.hosts) {
    if (const std::optional<double> value = value_of(host)) list.value(*value, label_of(host));
  }
}

std::optional<double> in_seconds(std::optional<double> milliseconds) {
  if (!milliseconds) return std::nullopt;
  return *milliseconds / 1000;
}

void add_host_health(FamilyList& list, const PoolStats& pool) {
  list.begin(MetricType::Gauge, "provider_host_hosts", "Hosts, by state.");
  std::map<std::string, std::uint64_t> by_state;
  for (const HostStats& host : pool.hosts) ++by_state[host.state];
  add_counts(list, "state", std::move(by_state), {"starting", "ready", "stopping", "down"});
  list.single(MetricType::Gauge, "provider_host_host_spares", "Hosts that are ready to take the place of another one.",
              pool.spares);
  static constexpr std::array<std::pair<HealthLevel, const char*>, 3> kLevels{
      {{HealthLevel::kProcess, "process"}, {HealthLevel::kGil, "gil"}, {HealthLevel::kLoop, "loop"}}};
  list.begin(MetricType::Gauge, "provider_host_host_up",
             "1 while the host takes calls and responds at that level (process, gil, loop), else 0.");
  for (const HostStats& host : pool.hosts) {
    for (const auto& [level, name] : kLevels) {
      auto labels = label_of(host);
      labels.push_back({"level", name});
      list.value(is_healthy(host, level) ? 1 : 0, std::move(labels));
    }
  }
  add_of_hosts(list, pool, MetricType::Gauge, "provider_host_host_gil_wait_seconds",
               "Seconds that the last probe of the host waited, or waits, for the GIL.",
               [](const HostStats& host) { return in_seconds(host.health.gil_ms); });
  add_of_hosts(list, pool, MetricType::Gauge, "provider_host_host_loop_wait_seconds",
               "Seconds that the last probe of the host waited, or waits, for its event loop.",
               [](const HostStats& host) { return in_seconds(host.health.loop_ms); });
}

void add_host_work(FamilyList& list, const PoolStats& pool) {
  add_of_hosts(list, pool, MetricType::Gauge, "provider_host_host_calls_in_flight", "Calls that the host has now.",
               [](const HostStats& host) { return host.in_flight; });
  add_of_hosts(list, pool, MetricType::Gauge, "provider_host_host_resident_memory_bytes",
               "Resident memory of the host's process, in bytes; 0 while there is none.",
               [](const HostStats& host) { return static_cast<double>(host.rss); });
  add_of_hosts(list, pool, MetricType::Counter, "provider_host_host_calls_total", "Calls that the host has completed.",
               [](const HostStats& host) { return static_cast<double>(host.calls); });
  add_of_hosts(list, pool, MetricType::Counter, "provider_host_host_restarts_total", "Times the host was replaced.",
               [](const HostStats& host) { return static_cast<double>(host.restarts); });
}

void add_process(FamilyList& list) {
  const auto usage = platform::process_usage();
  if (!usage) return;
  list.single(MetricType::Counter, "process_cpu_seconds_total", "User and system time of the server, in seconds.",
              usage->cpu_seconds);
  if (usage->resident_bytes > 0) {
    list.single(MetricType::Gauge, "process_resident_memory_bytes", "Resident memory of the server, in bytes.",
                usage->resident_bytes);
    list.single(MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory of the server, in bytes.",
                usage->virtual_bytes);
  }
  list.single(MetricType::Gauge, "process_open_fds", "Open file descriptors of the server.", usage->open_fds);
  list.single(MetricType::Gauge, "process_max_fds", "How many file descriptors the server may open.", usage->max_fds);
  if (usage->start_time > 0) {
    list.single(MetricType::Gauge, "process_start_time_seconds", "When the server was started, in Unix seconds.",
                usage->start_time);
  }
}

}  // namespace

std::string metrics_text(const PoolStats& pool, const RequestMetrics& requests, const ServerFacts& facts) {
  FamilyList list;
  add_server(list, facts);
  add_connections(list, requests);
  add_requests(list, requests);
  add_streams(list, requests);
  add_calls(list, pool);
  add_restarts(list, pool);
  add_host_health(list, pool);
  add_host_work(list, pool);
  add_process(list);
  return list.text();
}

}  // namespace provider_host::server
