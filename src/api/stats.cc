#include "provider_host/stats.h"

#include <spdlog/fmt/fmt.h>

#include <ostream>

namespace provider_host {
namespace {

std::string with_counts(std::string_view title, const std::map<std::string, std::uint64_t>& counts) {
  if (counts.empty()) return "";
  std::string line = fmt::format("{:<15}", title);
  for (const auto& [name, count] : counts) line += fmt::format(" {} {} ", count, name);
  line.back() = '\n';
  return line;
}

std::string row(std::string_view title, const LatencyStats& latency) {
  if (latency.count == 0) return "";
  return fmt::format("{:<15} {:>9} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f}\n", title, latency.count,
                     latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max);
}

std::string in_words(const HostHealth& health) {
  std::string text = health.process;
  if (health.gil_ms) text += fmt::format(", GIL {} {:.1f} ms", health.gil_taken ? "after" : "not for", *health.gil_ms);
  if (health.loop_ms) {
    text += fmt::format(", event loop {} {:.1f} ms", health.loop_turned ? "after" : "not for", *health.loop_ms);
  }
  return text;
}

nlohmann::ordered_json to_json(const LatencyStats& latency) {
  return {{"count", latency.count}, {"mean", latency.mean}, {"p50", latency.p50}, {"p90", latency.p90},
          {"p99", latency.p99},     {"p999", latency.p999}, {"max", latency.max}};
}

}  // namespace

nlohmann::ordered_json to_json(const HostHealth& health) {
  nlohmann::ordered_json json = {{"process", health.process}};
  if (health.gil_ms) json.update({{"gil_ms", *health.gil_ms}, {"gil_taken", health.gil_taken}});
  if (health.loop_ms) json.update({{"loop_ms", *health.loop_ms}, {"loop_turned", health.loop_turned}});
  return json;
}

nlohmann::ordered_json to_json(const PoolStats& stats) {
  nlohmann::ordered_json json = {{"queued", stats.queued},
                                 {"submitted", stats.submitted},
                                 {"succeeded", stats.succeeded},
                                 {"failed", stats.failed},
                                 {"errors_by_kind", stats.errors_by_kind},
                                 {"restarts", stats.restarts},
                                 {"restarts_by_cause", stats.restarts_by_cause},
                                 {"affinity_moves", stats.affinity_moves},
                                 {"latency", to_json(stats.latency)},
                                 {"queue_wait", to_json(stats.queue_wait)},
                                 {"crash_to_ready", to_json(stats.crash_to_ready)},
                                 {"spares", stats.spares},
                                 {"hosts", nlohmann::ordered_json::array()}};
  for (const auto& host : stats.hosts) {
    json["hosts"].push_back({{"number", host.number},
                             {"pid", host.pid},
                             {"state", host.state},
                             {"in_flight", host.in_flight},
                             {"calls", host.calls},
                             {"restarts", host.restarts},
                             {"rss", host.rss},
                             {"health", to_json(host.health)}});
  }
  return json;
}

std::ostream& operator<<(std::ostream& out, const PoolStats& stats) {
  out << fmt::format("calls           {} submitted, {} succeeded, {} failed, {} queued\n", stats.submitted,
                     stats.succeeded, stats.failed, stats.queued);
  out << with_counts("errors", stats.errors_by_kind);
  out << with_counts("restarts", stats.restarts_by_cause);
  if (stats.affinity_moves > 0)
    out << fmt::format("affinity        {} keys moved, without their state\n", stats.affinity_moves);
  const std::string rows = row("in a host", stats.latency) + row("in the queue", stats.queue_wait) +
                           row("crash to ready", stats.crash_to_ready);
  if (!rows.empty()) {
    out << fmt::format("{:<15} {:>9} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "milliseconds", "count", "mean",
                       "p50", "p90", "p99", "p99.9", "max")
        << rows;
  }
  for (const auto& host : stats.hosts) {
    const std::string memory = host.rss == 0 ? "" : fmt::format(", {} MiB", host.rss >> 20);
    out << fmt::format("host {:<10} {}, pid {}, {} in flight, {} calls, {} restarts{}; {}\n", host.number, host.state,
                       host.pid, host.in_flight, host.calls, host.restarts, memory, in_words(host.health));
  }
  if (stats.spares > 0) out << fmt::format("spares          {} ready\n", stats.spares);
  return out;
}

}  // namespace provider_host
