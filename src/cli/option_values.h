#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace provider_host::cli {

/// The words that an option takes, with what they mean.
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
    throw CLI::ValidationError(flag, "'" + word + "' is none of " + words);
  };
  return app.add_option_function<std::string>(flag, choose, what)->type_name(words);
}

/// An option that takes a whole number of at least `least`.
CLI::Option* add_number(CLI::App& app, const char* flag, int& target, int least, const std::string& what);
CLI::Option* add_number(CLI::App& app, const char* flag, std::uint64_t& target, std::uint64_t least,
                        const std::string& what);

/// An option that takes a finite number of seconds, not negative; messages say what 0 means.
CLI::Option* add_seconds(CLI::App& app, const char* flag, double& target, const std::string& what,
                         const std::string& zero = "no limit");

/// An option that takes bytes as `parse_size` reads them.
CLI::Option* add_size(CLI::App& app, const char* flag, std::uint64_t& target, const std::string& what);

/// An option that takes up to four octal digits, of at most 777.
CLI::Option* add_umask(CLI::App& app, const char* flag, std::optional<int>& target, const std::string& what);

}  // namespace provider_host::cli
