#include "server/monitoring/request_metrics.h"

#include <numeric>
#include <string>
#include <utility>

namespace provider_host::server {

std::string_view to_string(Route route) {
  static constexpr std::array<std::string_view, kRouteCount> kNames = {
      "chat_completions", "embeddings", "models", "call", "health", "metrics", "stats", "page", "other"};
  return kNames[static_cast<std::size_t>(route)];
}

void RequestMetrics::request_ended(Route route, int status, double seconds) noexcept {
  const int known = status < kLowestStatus || status > kHighestStatus ? 500 : status;
  --in_flight_[index(route)];
  ++ended_[index(route)][static_cast<std::size_t>(known - kLowestStatus)];
  durations_[index(route)].record(seconds);
}

std::uint64_t RequestMetrics::in_flight() const noexcept {
  return std::accumulate(in_flight_.begin(), in_flight_.end(), std::uint64_t{0});
}

std::uint64_t RequestMetrics::ended(Route route, int status) const noexcept {
  if (status < kLowestStatus || status > kHighestStatus) return 0;
  return ended_[index(route)][static_cast<std::size_t>(status - kLowestStatus)];
}

nlohmann::ordered_json http_json(const RequestMetrics& metrics) {
  std::uint64_t requests = 0;
  auto by_status = nlohmann::ordered_json::object();
  for (int status = RequestMetrics::kLowestStatus; status <= RequestMetrics::kHighestStatus; ++status) {
    std::uint64_t count = 0;
    for (std::size_t route = 0; route < kRouteCount; ++route) count += metrics.ended(static_cast<Route>(route), status);
    if (count > 0) by_status[std::to_string(status)] = count;
    requests += count;
  }
  return {{"connections", metrics.open_connections()},
          {"connections_refused", metrics.refused_connections()},
          {"requests", requests},
          {"in_flight", metrics.in_flight()},
          {"streams", metrics.open_streams()},
          {"by_status", std::move(by_status)},
          {"bytes_in", metrics.bytes_in()},
          {"bytes_out", metrics.bytes_out()}};
}

nlohmann::ordered_json latency_json(const RequestMetrics& metrics) {
  DurationHistogram durations;
  for (const Route route : {Route::kChat, Route::kEmbeddings, Route::kCall}) durations.add(metrics.durations(route));
  auto buckets = nlohmann::ordered_json::array();
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket < durations.counts().size(); ++bucket) {
    count += durations.counts()[bucket];
    nlohmann::ordered_json bound;  // null: none
    if (bucket < DurationHistogram::kBounds.size()) bound = DurationHistogram::kBounds[bucket];
    buckets.push_back({{"le", std::move(bound)}, {"count", count}});
  }
  return {{"buckets", std::move(buckets)}, {"sum", durations.sum()}, {"count", durations.count()}};
}

}  // namespace provider_host::server
