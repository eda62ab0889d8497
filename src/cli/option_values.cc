#include "cli/option_values.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "provider_host/option_table.h"

namespace provider_host::cli {
namespace {

constexpr Names<InputFormat, 5> kInputFormats = {{{"jsonl", InputFormat::kJsonLines},
                                                  {"json", InputFormat::kJson},
                                                  {"csv", InputFormat::kCsv},
                                                  {"tsv", InputFormat::kTsv},
                                                  {"text", InputFormat::kText}}};

std::string flag_of(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string placeholder_of(const PoolOption& option) {
  switch (option.type) {
    case OptionType::kNumber:
      return "N";
    case OptionType::kRange:
      return "N|MIN:MAX";
    case OptionType::kSeconds:
      return "S";
    case OptionType::kSize:
      return "SIZE";
    case OptionType::kChoice:
      return fmt::format("{}", fmt::join(option.words, "|"));
    case OptionType::kFileMode:
      return "OCTAL";
    case OptionType::kPath:
      return "PATH";
    case OptionType::kNames:
      return "NAME";
    case OptionType::kVariables:
      return "KEY=VALUE";
    default:
      return "TEXT";
  }
}

// The help shows numbers as defaults; the description has the others.
std::string default_of(const PoolOption& option, const PoolOptions& pool) {
  const OptionValue value = option.get(pool);
  if (option.type == OptionType::kNumber) return fmt::format("{}", std::get<std::int64_t>(value));
  if (option.type == OptionType::kRange) return fmt::format("{}", std::get<NumberRange>(value).most);
  if (option.type == OptionType::kSeconds) return fmt::format("{:g}", std::get<double>(value));
  return "";
}

// Lists: their flags can be repeated, and each one appends.
OptionValue added(const PoolOption& option, const PoolOptions& pool, OptionValue value) {
  OptionValue all = option.get(pool);
  if (const auto* names = std::get_if<EnvironmentNames>(&value)) {
    auto& known = std::get<EnvironmentNames>(all);
    known.insert(known.end(), names->begin(), names->end());
    return all;
  }
  if (const auto* variables = std::get_if<EnvironmentVariables>(&value)) {
    auto& known = std::get<EnvironmentVariables>(all);
    for (const auto& [name, text] : *variables) known[name] = text;
    return all;
  }
  return value;
}

void set(PoolOptions& pool, const PoolOption& option, const std::string& flag, const std::string& text) {
  const auto value = option.read(text);
  if (!value || !option.allows(*value)) {
    throw CLI::ValidationError(fmt::format("{} {}, not '{}'", flag, option.requirement(), text));
  }
  option.assign(pool, added(option, pool, *value));
}

}  // namespace

CLI::Option* add_input_format(CLI::App& app, std::optional<InputFormat>& format) {
  return add_choice(app, "--input-format", format, kInputFormats,
                    "What INPUT is, when its name and its first bytes do not tell");
}

CLI::Option* add_pool_option(CLI::App& app, PoolOptions& pool, std::string_view name, const std::string& what,
                             std::string flag) {
  const PoolOption& option = pool_option(name);
  if (flag.empty()) flag = flag_of(name);
  const auto read = [&pool, &option, flag](const std::string& text) { set(pool, option, flag, text); };
  const auto read_all = [read](const std::vector<std::string>& texts) { std::ranges::for_each(texts, read); };
  const bool again = option.type == OptionType::kNames || option.type == OptionType::kVariables;
  CLI::Option* added = again ? app.add_option_function<std::vector<std::string>>(flag, read_all, what)
                             : app.add_option_function<std::string>(flag, read, what);
  return added->allow_extra_args(false)->type_name(placeholder_of(option))->default_str(default_of(option, pool));
}

CLI::Option* add_pool_switch(CLI::App& app, PoolOptions& pool, std::string_view name, const std::string& what) {
  const PoolOption& option = pool_option(name);
  const std::string flag = flag_of(name);
  const auto read = [&pool, &option, flag](const std::string& word) { set(pool, option, flag, word); };
  return app.add_flag(flag + "{on}", what)->each(read);
}

void check_not_empty(const CLI::App& app, std::initializer_list<std::string_view> may_be_empty) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (std::ranges::find(may_be_empty, name) != may_be_empty.end()) continue;
    if (std::ranges::find(option->results(), "") == option->results().end()) continue;
    throw CLI::ValidationError(name +
                               " was given an empty value; leave it out, or give one (is a variable of the shell "
                               "not set?)");
  }
}

}  // namespace provider_host::cli
