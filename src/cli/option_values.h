#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/batch/input/input_format.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// The words that an option takes, with their values.
template <typename T, std::size_t size>
using Names = std::array<std::pair<const char*, T>, size>;

/// An option that takes one of a few words; any other is a ValidationError that lists them.
template <typename Target, typename T, std::size_t size>
CLI::Option* add_choice(CLI::App& app, const char* flag, Target& target, const Names<T, size>& names,
                        const char* what) {
  std::string words;
  for (const auto& entry : names) words += (words.empty() ? "" : "|") + std::string(entry.first);
  const auto choose = [&target, names, words, flag](const std::string& word) {
    for (const auto& [name, value] : names) {
      if (word != name) continue;
      target = value;
      return;
    }
    throw CLI::ValidationError(std::string(flag) + " must be one of " + words + ", not '" + word + "'");
  };
  return app.add_option_function<std::string>(flag, choose, what)->type_name(words);
}

/// `--input-format`, of an INPUT of a batch.
CLI::Option* add_input_format(CLI::App& app, std::optional<InputFormat>& format);

/// The option `name` of the table in option_table.h, as the flag of that name with dashes (or as `flag`): a value that
/// the table does not allow is a ValidationError. `pool` outlives the parsing of `app`.
CLI::Option* add_pool_option(CLI::App& app, PoolOptions& pool, std::string_view name, const std::string& what,
                             std::string flag = "");

/// The same for an option with the words `off`, `auto` and `on`, as a flag: `--name` is `--name=on`. The value goes
/// behind
/// `=` only, so that an argument may follow.
CLI::Option* add_pool_switch(CLI::App& app, PoolOptions& pool, std::string_view name, const std::string& what);

/// Throws ValidationError when the value of an option or argument is empty, except for those in `may_be_empty`. Most
/// often the cause is a shell variable that is not set.
void check_not_empty(const CLI::App& app, std::initializer_list<std::string_view> may_be_empty);

}  // namespace provider_host::cli
