#include "cli/commands/output_record.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "cli/batch/output/line_digest.h"

namespace provider_host::cli {
namespace {

// Texts come from processes; invalid UTF-8 is replaced.
std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string output_record(std::uint64_t index, std::string_view id, const Outcome& outcome, bool capture,
                          std::optional<std::uint32_t> input) {
  std::string line = fmt::format("{{\"index\":{},\"id\":{},\"ok\":{},", index, id, outcome.ok());
  if (outcome) {
    line += "\"result\":";
    line += outcome.json();
  } else {
    line += "\"error\":";
    line += dump(to_json(outcome.error()));
  }
  const double latency_ms = std::round(outcome.latency_ms * 1000) / 1000;
  line += fmt::format(",\"latency_ms\":{},\"host\":{},\"pid\":{}", latency_ms, outcome.host, outcome.pid);
  if (input) line += ",\"input_crc32\":\"" + digest_text(*input) + '"';
  if (capture) {
    line += ",\"stdout\":" + dump(outcome.stdout_text);
    line += ",\"stderr\":" + dump(outcome.stderr_text);
  }
  line += '}';
  return line;
}

}  // namespace provider_host::cli
