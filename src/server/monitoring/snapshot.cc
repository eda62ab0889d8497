#include "server/monitoring/snapshot.h"

namespace provider_host::server {

std::string snapshot_json(const ServerFacts& facts, std::string_view status, double time, const PoolStats& pool,
                          const RequestMetrics& requests, const FailureLog& failures, const PoolLog& log) {
  const nlohmann::ordered_json json = {{"version", facts.version},
                                       {"script", facts.script},
                                       {"model", facts.model},
                                       {"status", status},
                                       {"time", time},
                                       {"started", facts.started},
                                       {"pool", to_json(pool)},
                                       {"http", http_json(requests)},
                                       {"latency", latency_json(requests)}};
  std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.back() = ',';  // instead of the closing brace
  const std::string last_failures = failures.json();
  const std::string last_messages = log.json();
  text.reserve(text.size() + last_failures.size() + last_messages.size() + 50);
  text.append(R"("failures":)").append(last_failures).append(R"(,"log":)").append(last_messages);
  text += '}';
  return text;
}

}  // namespace provider_host::server
