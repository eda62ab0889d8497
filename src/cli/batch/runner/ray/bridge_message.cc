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

std::uint64_t required_count(const ordered_json& object, const std::string& name) {
  const ordered_json& value = object.at(name);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  throw std::runtime_error("'" + name + "' is no whole number: " + std::string(utf8_prefix(value.dump(), 100)));
}

// 0 when there is none.
std::uint64_t count_of(const ordered_json& object, const std::string& name) {
  return object.contains(name) ? required_count(object, name) : 0;
}

// Those in its member `name`, an object.
void add_counts(Counts& counts, const ordered_json& object, const std::string& name) {
  const ordered_json inner = object.value(name, ordered_json::object());
  if (!inner.is_object()) throw std::runtime_error("'" + name + "' is no object");
  for (const auto& [key, value] : inner.items()) counts[key] += count_of(inner, key);
}

BridgeReady ready_of(const ordered_json& message) {
  if (message.at("protocol") != kProtocol) throw std::runtime_error("another version of the protocol");
  return {named(kBridgeApis, message.value("api", "call")), std::max<std::size_t>(required_count(message, "actors"), 1),
          required_count(message, "nodes")};
}

BridgeLog log_of(const ordered_json& message) {
  return {named(kLevels, message.at("level")), message.value("host", 0), message.value("source", ""),
          message.at("text")};
}

// Those of the hosts of all actors, and of the actors.
Counts restarts_of(const ordered_json& stats) {
  Counts causes;
  for (const ordered_json& actor : stats.value("actors", ordered_json::array())) {
    const ordered_json pool = actor.is_object() ? actor.value("pool", ordered_json()) : ordered_json();
    if (pool.is_object()) add_counts(causes, pool, "restarts_by_cause");
  }
  if (const std::uint64_t lost = count_of(stats, "lost_actors"); lost > 0) causes["lost actor"] = lost;
  return causes;
}

BridgeStats stats_of(const ordered_json& stats) {
  if (!stats.is_object()) throw std::runtime_error("its statistics are no object");
  PoolStats numbers;
  numbers.submitted = count_of(stats, "submitted");
  numbers.succeeded = count_of(stats, "succeeded");
  numbers.failed = count_of(stats, "failed");
  add_counts(numbers.errors_by_kind, stats, "errors_by_kind");
  numbers.restarts = count_of(stats, "restarts");
  numbers.restarts_by_cause = restarts_of(stats);
  return {std::move(numbers), stats};
}

BridgeMessage message_of(const ordered_json& message) {
  const std::string type = message.at("type");
  if (type == "ready") return ready_of(message);
  if (type == "failed") return BridgeFailed{pipe::read_error(message.at("error").dump())};
  if (type == "log") return log_of(message);
  if (type == "stats") return stats_of(message.at("stats"));
  throw std::runtime_error("a message of the unknown type '" + type + "'");
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

}  // namespace provider_host::cli
