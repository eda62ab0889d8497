#include "pipe/pipe_response.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "pipe/append_frame.h"
#include "wire/json_text.h"

namespace provider_host::pipe {
namespace {

using nlohmann::ordered_json;

constexpr int kPipeVersion = 1;

double rounded(double ms) { return std::round(ms * 1000) / 1000; }

// Texts come from processes and paths; invalid UTF-8 is replaced.
std::string dump(const ordered_json& json) { return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

void append_head(std::string& out, std::string_view type, std::uint64_t id) {
  out.append("{\"type\":\"").append(type).append("\",\"id\":");
  const fmt::format_int digits(id);
  out.append(digits.data(), digits.size());
  out.append(",\"").append(type).append("\":");
}

void append_output(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(key).append("\":");
  wire::append_quoted(out, text);
}

void append_details(std::string& out, const Outcome& outcome) {
  fmt::format_to(std::back_inserter(out), R"(,"latency_ms":{},"host":{},"pid":{})", rounded(outcome.latency_ms),
                 outcome.host, outcome.pid);
  append_output(out, "stdout", outcome.stdout_text);
  append_output(out, "stderr", outcome.stderr_text);
}

}  // namespace

std::string result_head(std::uint64_t id) {
  std::string head;
  append_head(head, "result", id);
  return head;
}

std::string result_tail(const Outcome& outcome, bool details) {
  if (!details) return fmt::format(R"(,"latency_ms":{}}})", rounded(outcome.latency_ms));
  std::string tail;
  append_details(tail, outcome);
  tail += '}';
  return tail;
}

std::string error_response(std::uint64_t id, const Outcome& outcome, bool details) {
  std::string response;
  append_head(response, "error", id);
  response += dump(to_json(outcome.error()));
  if (details) append_details(response, outcome);
  response += '}';
  return response;
}

std::string error_response(std::optional<std::uint64_t> id, const Error& error) {
  if (id) return error_response(*id, Outcome::failure(error), false);
  return fmt::format(R"({{"type":"error","id":null,"error":{}}})", dump(to_json(error)));
}

void append_response(std::string& out, std::uint64_t id, const Outcome& outcome) {
  append_frame(out, [&] {
    append_head(out, outcome ? "result" : "error", id);
    out += outcome ? outcome.json() : std::string_view(dump(to_json(outcome.error())));
    append_details(out, outcome);
    out += '}';
  });
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

}  // namespace provider_host::pipe
