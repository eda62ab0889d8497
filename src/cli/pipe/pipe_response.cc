#include "cli/pipe/pipe_response.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kPipeVersion = 1;

double rounded(double ms) { return std::round(ms * 1000) / 1000; }

// Texts come from processes and paths; invalid UTF-8 is replaced.
std::string dump(const ordered_json& json) { return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

}  // namespace

std::string result_head(std::uint64_t id) { return fmt::format(R"({{"type":"result","id":{},"result":)", id); }

std::string result_tail(const Outcome& outcome) {
  return fmt::format(R"(,"latency_ms":{}}})", rounded(outcome.latency_ms));
}

std::string error_response(std::optional<std::uint64_t> id, const Error& error) {
  const std::string id_text = id ? std::to_string(*id) : "null";
  return fmt::format(R"({{"type":"error","id":{},"error":{}}})", id_text, dump(to_json(error)));
}

std::string inspection_response(std::uint64_t id, const ScriptReport& report) {
  ordered_json functions = ordered_json::array();
  for (const FunctionReport& each : report.functions) functions.push_back(to_json(each));
  const ordered_json result = {{"script", report.script},     {"python", report.python_version},
                               {"executable", report.python}, {"import_ms", rounded(report.import_ms)},
                               {"functions", functions},      {"suggestions", report.suggestions},
                               {"tasks", report.tasks},       {"files", report.files}};
  return result_head(id) + dump(result) + "}";
}

std::string ready_message(const ScriptReport& report) {
  return dump({{"type", "ready"},
               {"protocol", kPipeVersion},
               {"version", PROVIDER_HOST_VERSION},
               {"python", report.python_version},
               {"executable", report.python},
               {"import_ms", rounded(report.import_ms)}});
}

std::string failed_message(const Error& error) { return dump({{"type", "failed"}, {"error", to_json(error)}}); }

}  // namespace provider_host::cli
