#include "promptfoo/worker/time_limit.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace provider_host::promptfoo {
namespace {

constexpr double kDefaultMs = 300'000;
constexpr double kMostMs = 2'147'483'647;  // of Node's timers
constexpr double kLeastMs = 1;
constexpr double kMargin = 0.1;
constexpr double kLeastMargin = 0.05;
constexpr double kMostMargin = 2;

double timer_ms(double ms) { return ms >= kLeastMs && ms <= kMostMs ? ms : kLeastMs; }

// A number in `text`, as JavaScript's Number() and parseInt() find it; nothing when there is none at its beginning.
std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return end != text.c_str() && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> environment_ms(const std::string& value) {
  const auto number = number_in(value);
  return number ? std::optional(timer_ms(std::trunc(*number))) : std::nullopt;
}

std::optional<double> number_of(simdjson::dom::element value) {
  if (value.is_number()) return value.get_double().value();
  if (value.is_string()) return number_in(std::string(value.get_string().value()));
  return std::nullopt;
}

// The milliseconds that the options of a provider say.
std::optional<double> options_ms(simdjson::dom::element options) {
  simdjson::dom::element value;
  if (options.at_pointer("/config/timeout").get(value) == simdjson::SUCCESS) {
    return timer_ms(number_of(value).value_or(0));
  }
  if (options.at_pointer("/env/REQUEST_TIMEOUT_MS").get(value) == simdjson::SUCCESS && value.is_string()) {
    return environment_ms(std::string(value.get_string().value()));
  }
  return std::nullopt;
}

}  // namespace

double promptfoo_limit(std::string_view arguments, const std::string& environment) {
  std::optional<double> ms;
  simdjson::dom::parser parser;
  simdjson::dom::element options;
  const bool may_tell = arguments.find("\"timeout\"") != std::string_view::npos ||
                        arguments.find("\"REQUEST_TIMEOUT_MS\"") != std::string_view::npos;
  if (may_tell && parser.parse(arguments.data(), arguments.size()).at(1).get(options) == simdjson::SUCCESS) {
    ms = options_ms(options);
  }
  if (!ms) ms = environment_ms(environment);
  return ms.value_or(kDefaultMs) / 1000;
}

double call_limit(double promptfoo_limit) {
  const double margin = std::clamp(promptfoo_limit * kMargin, kLeastMargin, kMostMargin);
  return std::max(promptfoo_limit - margin, promptfoo_limit / 2);
}

}  // namespace provider_host::promptfoo
