#include "cli/batch/runner/ray/bridge_message.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/utf8.h"
#include "pipe/error_reader.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;
using Counts = std::map<std::string, std::uint64_t>;

constexpr int kProtocol = 1;
constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels{{{"debug", LogLevel::kDebug},
                                                                        {"info", LogLevel::kInfo},
                                                                        {"warning", LogLevel::kWarning},
                                                                        {"error", LogLevel::kError}}};
constexpr std::array<std::pair<std::string_view, Api>, 3> kBridgeApis{
    {{"call", Api::kCall}, {"embedding", Api::kEmbedding}, {"classification", Api::kClassification}}};

template <typename Value, std::size_t size>
Value named(const std::array<std::pair<std::string_view, Value>, size>& names, const std::string& name) {
  const auto* const found =
      std::ranges::find(names, std::string_view(name), [](const auto& each) { return each.first; });
  if (found == names.end()) throw std::runtime_error("a message with an unknown '" + name + "'");
  return found->second;
}

BridgeReady ready_of(const ordered_json& message) {
  if (message.at("protocol") != kProtocol) throw std::runtime_error("another version of the protocol");
  BridgeReady ready{named(kBridgeApis, message.value("api", "call")), message.at("actors"), message.at("nodes")};
  ready.actors = std::max<std::size_t>(ready.actors, 1);
  return ready;
}

BridgeLog log_of(const ordered_json& message) {
  return {named(kLevels, message.at("level")), message.value("host", 0), message.value("source", ""),
          message.at("text")};
}

BridgeStats stats_of(const ordered_json& message) {
  const ordered_json& stats = message.at("stats");
  if (!stats.is_object()) throw std::runtime_error("statistics that are no object");
  return {stats};
}

BridgeMessage message_of(const ordered_json& message) {
  const std::string type = message.at("type");
  if (type == "ready") return ready_of(message);
  if (type == "failed") return BridgeFailed{pipe::read_error(message.at("error").dump())};
  if (type == "log") return log_of(message);
  if (type == "stats") return stats_of(message);
  throw std::runtime_error("a message of the unknown type '" + type + "'");
}

// Those of the hosts of all actors, and of the actors.
Counts restarts_of(const ordered_json& stats) {
  Counts causes;
  for (const ordered_json& actor : stats.value("actors", ordered_json::array())) {
    const ordered_json pool = actor.is_object() ? actor.value("pool", ordered_json()) : ordered_json();
    if (!pool.is_object()) continue;
    for (const auto& [cause, count] : pool.value("restarts_by_cause", Counts())) causes[cause] += count;
  }
  if (const auto lost = stats.value("lost_actors", std::uint64_t{0}); lost > 0) causes["lost actor"] = lost;
  return causes;
}

}  // namespace

BridgeMessage read_bridge_message(std::string_view payload) {
  try {
    return message_of(ordered_json::parse(payload));
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error("a message that cannot be read (" + std::string(error.what()) +
                             "): " + std::string(utf8_prefix(payload, 100)));
  }
}

PoolStats pool_stats_of(const ordered_json& stats) {
  PoolStats numbers;
  try {
    numbers.submitted = stats.value("submitted", std::uint64_t{0});
    numbers.succeeded = stats.value("succeeded", std::uint64_t{0});
    numbers.failed = stats.value("failed", std::uint64_t{0});
    numbers.errors_by_kind = stats.value("errors_by_kind", Counts());
    numbers.restarts = stats.value("restarts", std::uint64_t{0});
    numbers.restarts_by_cause = restarts_of(stats);
  } catch (const nlohmann::json::exception&) {  // of another type; what was read before stays
  }
  return numbers;
}

}  // namespace provider_host::cli
