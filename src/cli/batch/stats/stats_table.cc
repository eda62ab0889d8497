#include "cli/batch/stats/stats_table.h"

#include "cli/batch/stats/counters.h"
#include "cli/batch/stats/units.h"
#include "cli/io/table.h"

namespace provider_host::cli {
namespace {

// The table below an empty line; nothing when it has no rows.
std::string with_gap(const Table& table, bool colours) {
  std::string text;
  if (!table.empty()) text.append(1, '\n').append(table.text(colours));
  return text;
}

// The rows of one topic; the first one has its name.
class Topic {
 public:
  Topic(Table& table, std::string name) : table_(table), name_(std::move(name)) {}

  void add(std::uint64_t count, const std::string& what, Colour colour) {
    if (count == 0) return;
    table_.add({{name_, Colour::kDim}, {with_separators(count), colour}, {what, colour}});
    name_.clear();
  }

  void add(const std::map<std::string, std::uint64_t>& counts, Colour colour) {
    for (const auto& [what, count] : counts) add(count, what, colour);
  }

 private:
  Table& table_;
  std::string name_;
};

std::string counts_text(const PoolStats& stats, const ResultUsage& usage, bool colours) {
  using enum Table::Align;
  Table table({kLeft, kRight, kLeft});
  Topic calls(table, "calls");
  calls.add(stats.succeeded, "ok", Colour::kGreen);
  calls.add(stats.failed, "failed", Colour::kRed);
  calls.add(stats.queued, "queued", Colour::kNone);
  const std::uint64_t known = stats.succeeded + stats.failed + stats.queued;
  calls.add(stats.submitted > known ? stats.submitted - known : 0, "unfinished", Colour::kNone);
  Topic(table, "errors").add(stats.errors_by_kind, Colour::kRed);
  Topic(table, "restarts").add(stats.restarts_by_cause, Colour::kYellow);
  Topic(table, "affinity").add(stats.affinity_moves, "keys moved, without their state", Colour::kYellow);
  if (!usage.empty()) table.add({{"usage", Colour::kDim}, {""}, {usage_text(usage)}});
  return table.empty() ? "no calls were made\n" : table.text(colours);
}

void add_latency(Table& table, const char* name, const LatencyStats& latency) {
  if (latency.count == 0) return;
  table.add({{name, Colour::kDim},
             {with_separators(latency.count)},
             {duration_text(latency.p50)},
             {duration_text(latency.p90)},
             {duration_text(latency.p99)},
             {duration_text(latency.max)}});
}

std::string latency_text(const PoolStats& stats, bool colours) {
  using enum Table::Align;
  Table table({kLeft, kRight, kRight, kRight, kRight, kRight}, {"", "count", "p50", "p90", "p99", "max"});
  add_latency(table, "latency (ok)", stats.latency);
  add_latency(table, "queue wait", stats.queue_wait);
  add_latency(table, "crash to ready", stats.crash_to_ready);
  return with_gap(table, colours);
}

Colour colour_of_state(const std::string& state) {
  if (state == "ready" || state == "alive") return Colour::kGreen;
  return state == "silent" || state == "stopped" || state == "down" ? Colour::kRed : Colour::kYellow;
}

TableCell response_cell(const std::optional<double>& milliseconds, bool has_responded) {
  if (!milliseconds) return {};
  if (has_responded) return {duration_text(*milliseconds)};
  return {"none for " + duration_text(*milliseconds), Colour::kRed};
}

std::string hosts_text(const PoolStats& stats, bool colours) {
  using enum Table::Align;
  Table table({kRight, kRight, kLeft, kLeft, kRight, kRight, kRight, kRight, kRight, kRight},
              {"host", "pid", "state", "process", "running", "calls", "restarts", "GIL", "event loop", "rss"});
  const auto number = [](std::uint64_t value) { return value == 0 ? std::string() : with_separators(value); };
  for (const HostStats& host : stats.hosts) {
    const HostHealth& health = host.health;
    table.add({{std::to_string(host.number)},
               {host.pid == 0 ? "" : std::to_string(host.pid)},
               {host.state, colour_of_state(host.state)},
               {host.state == health.process ? "" : health.process, colour_of_state(health.process)},
               {number(static_cast<std::uint64_t>(host.in_flight))},
               {number(host.calls)},
               {number(host.restarts), Colour::kYellow},
               response_cell(health.gil_ms, health.gil_taken),
               response_cell(health.loop_ms, health.loop_turned),
               {host.rss == 0 ? "" : size_text(host.rss)}});
  }
  return with_gap(table, colours);
}

}  // namespace

std::string stats_table(const PoolStats& stats, const ResultUsage& usage, bool colours) {
  return counts_text(stats, usage, colours) + latency_text(stats, colours) + hosts_text(stats, colours);
}

}  // namespace provider_host::cli
