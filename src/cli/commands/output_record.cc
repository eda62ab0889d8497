#include "cli/commands/output_record.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <iterator>

#include "cli/batch/output/line_digest.h"

namespace provider_host::cli {
namespace {

// Texts come from processes; invalid UTF-8 is replaced.
std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

template <typename Integer>
void append_integer(std::string& text, Integer number) {
  const fmt::format_int digits(number);
  text.append(digits.data(), digits.size());
}

// Milliseconds with three decimals at most, none in vain: as fmt writes a double, which takes longer.
void append_latency(std::string& text, double latency_ms) {
  constexpr double kExact = 1e9;
  const double micros = std::round(latency_ms * 1000);
  if (std::signbit(micros) || !(micros < kExact * 1000)) {
    fmt::format_to(std::back_inserter(text), "{}", micros / 1000);
    return;
  }
  const auto whole = static_cast<std::uint64_t>(micros);
  append_integer(text, whole / 1000);
  auto rest = static_cast<unsigned>(whole % 1000);
  if (rest == 0) return;
  text += '.';
  for (unsigned unit = 100; rest > 0; unit /= 10) {
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
}

}  // namespace

void append_output_record(std::string& text, std::uint64_t index, std::string_view id, const Outcome& outcome,
                          bool capture, std::optional<std::uint32_t> input) {
  text += "{\"index\":";
  append_integer(text, index);
  text += ",\"id\":";
  text += id;
  if (outcome) {
    text += ",\"ok\":true,\"result\":";
    text += outcome.json();
  } else {
    text += ",\"ok\":false,\"error\":";
    text += dump(to_json(outcome.error()));
  }
  text += ",\"latency_ms\":";
  append_latency(text, outcome.latency_ms);
  text += ",\"host\":";
  append_integer(text, outcome.host);
  text += ",\"pid\":";
  append_integer(text, outcome.pid);
  if (input) {
    text += ",\"input_crc32\":\"";
    append_digest(text, *input);
    text += '"';
  }
  if (capture) {
    text += ",\"stdout\":" + dump(outcome.stdout_text);
    text += ",\"stderr\":" + dump(outcome.stderr_text);
  }
  text += '}';
}

std::string output_record(std::uint64_t index, std::string_view id, const Outcome& outcome, bool capture,
                          std::optional<std::uint32_t> input) {
  std::string text;
  append_output_record(text, index, id, outcome, capture, input);
  return text;
}

}  // namespace provider_host::cli
