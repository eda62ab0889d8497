#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "provider_host/options.h"

namespace provider_host {

/// What an option takes, and so how it is read from text.
enum class OptionType : std::uint8_t {
  kNumber,     ///< A whole number: `8`.
  kRange,      ///< A whole number, or the least and the most: `8`, `1:8`.
  kSeconds,    ///< `0.5`
  kSize,       ///< Bytes: `4096`, `64K`, `512MiB`, `1.5G`; units are powers of 1024, in either case.
  kFlag,       ///< `true` or `false`
  kChoice,     ///< One of `PoolOption::words`.
  kFileMode,   ///< Up to four octal digits: `077`.
  kText,       ///< Text that is not empty.
  kPath,       ///< A path that is not empty; bytes, as a file system has them.
  kNames,      ///< Names of environment variables: `HOME,LANG`.
  kVariables,  ///< Environment variables with their values: `MODE=test`.
};

using EnvironmentNames = std::vector<std::string>;
using EnvironmentVariables = std::map<std::string, std::string>;

/// A value of a kRange.
struct NumberRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// A value of any option: `std::int64_t` for kNumber, kSize, kFileMode and kChoice (the index among its words),
/// `double` for kSeconds, `NumberRange` for kRange, `bool` for kFlag, a string for kText and kPath, a vector for
/// kNames, a map for kVariables. `std::monostate`: not set.
using OptionValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, EnvironmentNames,
                                 EnvironmentVariables, NumberRange>;

/// One member of PoolOptions: its name, its type and its range. C++, Python and the command line all go by it, so an
/// option is the same everywhere, and a wrong value gets the same message.
struct PoolOption {
  std::string_view name;  ///< Of the member, and of the keyword in Python; flags have dashes.
  OptionType type = OptionType::kText;
  std::int64_t least = 0;  ///< kNumber, kSize, kFileMode: the range, both ends included. kSeconds has no upper end. The
                           ///< upper end of a kRange is at least 1.
  std::int64_t most = 0;
  std::string_view zero;                ///< What 0 means, such as `no limit`; empty: what it says.
  bool optional = false;                ///< Whether it can be without a value.
  std::vector<std::string_view> words;  ///< kChoice.
  OptionValue (*get)(const PoolOptions&) = nullptr;
  void (*assign)(PoolOptions&, const OptionValue&) = nullptr;  ///< The value must be one that `allows` allows.

  /// Whether the value is of the type and within the range.
  [[nodiscard]] bool allows(const OptionValue& value) const;

  /// What it must be, to follow its name: `must be a whole number from 1 to 10000`.
  [[nodiscard]] std::string requirement() const;

  /// The value that a text means; nothing when it means none. It may be out of the range.
  [[nodiscard]] std::optional<OptionValue> read(std::string_view text) const;
};

/// Every option but `log`, in the order of PoolOptions.
const std::vector<PoolOption>& option_table();

/// The option of that name; throws ConfigError that lists them when there is none.
const PoolOption& pool_option(std::string_view name);

/// Sets an option from text, as a flag or a line of a configuration file has it. Throws ConfigError with its name, what
/// it must be, and what it is.
void set_option(PoolOptions& options, std::string_view name, std::string_view text);

/// What is wrong with a value, beginning with the option's name; empty when nothing is.
std::string option_error(const PoolOption& option, const OptionValue& value);

/// Throws ConfigError for the first option whose value is not of its type or out of its range. The pool does this too.
void check_options(const PoolOptions& options);

}  // namespace provider_host
