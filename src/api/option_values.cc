#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/byte_size.h"
#include "provider_host/error.h"
#include "provider_host/option_table.h"

namespace provider_host {
namespace {

template <typename Number>
std::optional<OptionValue> read_number(std::string_view text, int base = 10) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto result = [&] {
    if constexpr (std::is_same_v<Number, double>)
      return std::from_chars(text.data(), end, number);
    else
      return std::from_chars(text.data(), end, number, base);
  }();
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// `8`, or `1:8`.
std::optional<OptionValue> read_range(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto least = read_number<std::int64_t>(text.substr(0, colon));
  const auto most = colon == std::string_view::npos ? least : read_number<std::int64_t>(text.substr(colon + 1));
  if (!least || !most) return std::nullopt;
  return NumberRange{std::get<std::int64_t>(*least), std::get<std::int64_t>(*most)};
}

std::optional<OptionValue> read_size(std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return std::nullopt;
  return static_cast<std::int64_t>(*size);  // it has 63 bits
}

std::optional<OptionValue> read_flag(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true";
}

std::optional<OptionValue> read_choice(const std::vector<std::string_view>& words, std::string_view text) {
  const auto word = std::ranges::find(words, text);
  if (word == words.end()) return std::nullopt;
  return static_cast<std::int64_t>(word - words.begin());
}

OptionValue read_names(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return names;
    text.remove_prefix(comma + 1);
  }
}

std::optional<OptionValue> read_variable(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return EnvironmentVariables{{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))}};
}

bool has_no_zero_byte(std::string_view text) { return text.find('\0') == std::string_view::npos; }

bool is_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && has_no_zero_byte(name);
}

// A limit with its unit, as the range of a message has it.
std::string limit_text(const PoolOption& option, std::int64_t limit) {
  const std::string meaning = limit == 0 && !option.zero.empty() ? fmt::format(" ({})", option.zero) : "";
  if (option.type == OptionType::kFileMode) return fmt::format("{:o}", limit);
  if (option.type != OptionType::kSize || limit == 0) return fmt::format("{}{}", limit, meaning);
  return exact_size(static_cast<std::uint64_t>(limit));
}

std::string range_text(const PoolOption& option) {
  return fmt::format("from {} to {}", limit_text(option, option.least), limit_text(option, option.most));
}

// A value as a message shows it. Variables may be secrets.
std::string shown(const PoolOption& option, const OptionValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return option.type == OptionType::kFileMode ? fmt::format("{:o}", *number) : std::to_string(*number);
  }
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* range = std::get_if<NumberRange>(&value)) {
    return range->least == range->most ? std::to_string(range->most) : fmt::format("{}:{}", range->least, range->most);
  }
  if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
  return std::holds_alternative<std::monostate>(value) ? "empty" : "";
}

}  // namespace

bool PoolOption::allows(const OptionValue& value) const {
  if (std::holds_alternative<std::monostate>(value)) return optional;
  switch (type) {
    case OptionType::kNumber:
    case OptionType::kSize:
    case OptionType::kFileMode: {
      const auto* number = std::get_if<std::int64_t>(&value);
      return number != nullptr && *number >= least && *number <= most;
    }
    case OptionType::kRange: {
      const auto* range = std::get_if<NumberRange>(&value);
      return range != nullptr && range->least >= least && range->least <= range->most && range->most >= 1 &&
             range->most <= most;
    }
    case OptionType::kSeconds: {
      const auto* number = std::get_if<double>(&value);
      return number != nullptr && std::isfinite(*number) && *number >= static_cast<double>(least);
    }
    case OptionType::kFlag:
      return std::holds_alternative<bool>(value);
    case OptionType::kChoice: {
      const auto* index = std::get_if<std::int64_t>(&value);
      return index != nullptr && *index >= 0 && std::cmp_less(*index, words.size());
    }
    case OptionType::kText:
    case OptionType::kPath: {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && !text->empty() && has_no_zero_byte(*text);
    }
    case OptionType::kNames: {
      const auto* names = std::get_if<EnvironmentNames>(&value);
      return names != nullptr && std::ranges::all_of(*names, is_name);
    }
    case OptionType::kVariables: {
      const auto* variables = std::get_if<EnvironmentVariables>(&value);
      return variables != nullptr && std::ranges::all_of(*variables, [](const auto& variable) {
               return is_name(variable.first) && has_no_zero_byte(variable.second);
             });
    }
  }
  return false;
}

std::string PoolOption::requirement() const {
  switch (type) {
    case OptionType::kNumber:
      return "must be a whole number " + range_text(*this);
    case OptionType::kRange:
      return fmt::format(
          "must be a whole number from 1 to {}, or the least ({} or more) and the most, as 1:8 or (1, 8)", most, least);
    case OptionType::kSeconds:
      return fmt::format("must be a number of seconds from {} up", limit_text(*this, least));
    case OptionType::kSize:
      return "must be a size " + range_text(*this) + ", in bytes or with K, M or G (KiB, MiB, GiB), such as 512M";
    case OptionType::kFlag:
      return "must be true or false";
    case OptionType::kChoice:
      return fmt::format("must be one of {}", fmt::join(words, "|"));
    case OptionType::kFileMode:
      return "must be a mask of file permissions, octal digits " + range_text(*this) + " such as 077";
    case OptionType::kText:
      return "must be a text that is not empty and has no zero byte";
    case OptionType::kPath:
      return "must be a path that is not empty and has no zero byte";
    case OptionType::kNames:
      return "must be names of environment variables, which are not empty and have neither '=' nor a zero byte";
    case OptionType::kVariables:
      return "must be environment variables with their values, as NAME=VALUE or a dict of texts; a name is not empty "
             "and has no '=', and there are no zero bytes";
  }
  return "";
}

std::optional<OptionValue> PoolOption::read(std::string_view text) const {
  switch (type) {
    case OptionType::kNumber:
      return read_number<std::int64_t>(text);
    case OptionType::kRange:
      return read_range(text);
    case OptionType::kSeconds:
      return read_number<double>(text);
    case OptionType::kSize:
      return read_size(text);
    case OptionType::kFlag:
      return read_flag(text);
    case OptionType::kChoice:
      return read_choice(words, text);
    case OptionType::kFileMode:
      return read_number<std::int64_t>(text, 8);
    case OptionType::kText:
    case OptionType::kPath:
      return std::string(text);
    case OptionType::kNames:
      return read_names(text);
    case OptionType::kVariables:
      return read_variable(text);
  }
  return std::nullopt;
}

const PoolOption& pool_option(std::string_view name) {
  const auto& table = option_table();
  const auto option = std::ranges::find(table, name, &PoolOption::name);
  if (option != table.end()) return *option;
  std::string names;
  for (const PoolOption& known : table) names += (names.empty() ? "" : ", ") + std::string(known.name);
  throw ConfigError(fmt::format("there is no option '{}'; there are {}", name, names));
}

std::string option_error(const PoolOption& option, const OptionValue& value) {
  if (option.allows(value)) return "";
  const std::string given = shown(option, value);
  return fmt::format("{} {}{}", option.name, option.requirement(), given.empty() ? "" : ", not " + given);
}

void set_option(PoolOptions& options, std::string_view name, std::string_view text) {
  const PoolOption& option = pool_option(name);
  const auto value = option.read(text);
  if (!value || !option.allows(*value)) {
    throw ConfigError(fmt::format("{} {}, not '{}'", name, option.requirement(), text));
  }
  option.assign(options, *value);
}

void check_options(const PoolOptions& options) {
  for (const PoolOption& option : option_table()) {
    if (auto error = option_error(option, option.get(options)); !error.empty()) throw ConfigError(error);
  }
  if (options.capture && options.concurrency > 1) {
    throw ConfigError("capture needs concurrency 1: nobody can tell which of several calls printed what");
  }
}

}  // namespace provider_host
