#include "bindings/pool_options.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <string>

#include "bindings/option_values.h"
#include "bindings/python_values.h"
#include "provider_host/error.h"
#include "provider_host/option_table.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// The limit of that name in the dict; nothing when there is none.
std::optional<OptionValue> limit_in(const py::dict& limits, const char* name) {
  if (!limits.contains(name) || limits[name].is_none()) return std::nullopt;
  const py::object value = limits[name];
  const PoolOption& option = pool_option(name);
  if (auto limit = value_of_option(option, value)) return limit;
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = error_of_option(option, value);
  raise(error);
}

std::optional<double> seconds_in(const py::dict& limits, const char* name) {
  const auto limit = limit_in(limits, name);
  return limit ? std::optional(std::get<double>(*limit)) : std::nullopt;
}

// What an argument `name` of a method means, which has the type and the range of an option.
OptionValue value_like(std::string_view known, const char* name, const py::handle& value) {
  PoolOption option = pool_option(known);
  option.name = name;
  auto read = value_of_option(option, value);
  if (!read || !option.allows(*read)) throw ConfigError(error_of_option(option, value));
  return std::move(*read);
}

// As a caller in Python would give it.
py::object python_value(const PoolOption& option, const OptionValue& value) {
  if (const auto* range = std::get_if<NumberRange>(&value)) {
    if (range->least == range->most) return py::int_(range->most);
    return py::make_tuple(range->least, range->most);
  }
  if (option.type == OptionType::kChoice) {
    return py::str(std::string(option.words.at(static_cast<std::size_t>(std::get<std::int64_t>(value)))));
  }
  return std::visit(
      [](const auto& known) -> py::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(known)>, NumberRange>) {
          return py::none();
        } else {
          return py::cast(known);
        }
      },
      value);
}

}  // namespace

PoolOptions options_from(const py::dict& options) {
  PoolOptions result;
  for (const auto& [key, value] : options) set_option(result, pool_option(py::cast<std::string>(key)), value);
  check_options(result);
  return result;
}

CallLimits limits_from(const py::dict& limits) {
  CallLimits result{.timeout = seconds_in(limits, "timeout"),
                    .deadline = seconds_in(limits, "deadline"),
                    .item_timeout = seconds_in(limits, "item_timeout"),
                    .retries = std::nullopt,
                    .queue_wait = seconds_in(limits, "queue_wait"),
                    .affinity = limits.contains("affinity") ? utf8_of("affinity", limits["affinity"]) : ""};
  if (const auto retries = limit_in(limits, "retries")) {
    constexpr std::int64_t kMax = std::numeric_limits<int>::max();
    result.retries = static_cast<int>(std::clamp(std::get<std::int64_t>(*retries), -kMax, kMax));
  }
  return result;
}

double seconds_from(const char* name, const py::handle& value) {
  return std::get<double>(value_like("shutdown_timeout", name, value));
}

py::tuple workers_from(const char* name, const py::handle& value) {
  const auto range = std::get<NumberRange>(value_like("workers", name, value));
  return py::make_tuple(range.least, range.most);
}

py::list described_options() {
  const PoolOptions defaults;
  py::list result;
  for (const PoolOption& option : option_table()) {
    using namespace py::literals;
    result.append(py::dict("name"_a = std::string(option.name), "requirement"_a = option.requirement(),
                           "default"_a = python_value(option, option.get(defaults))));
  }
  return result;
}

}  // namespace provider_host::bindings
