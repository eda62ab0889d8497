#include "cli/batch/runner/ray/ray_start.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/absolute_path.h"
#include "base/utf8.h"
#include "cli/commands/call_arguments.h"
#include "cli/exit_code.h"
#include "provider_host/option_table.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const PoolOption& option, const OptionValue& value) {
  if (option.type == OptionType::kChoice)
    return option.words.at(static_cast<std::size_t>(std::get<std::int64_t>(value)));
  return std::visit(
      [](const auto& known) -> ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(known)>, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<std::decay_t<decltype(known)>, NumberRange>) {
          if (known.least == known.most) return known.most;
          return ordered_json::array({known.least, known.most});
        } else {
          return known;
        }
      },
      value);
}

std::filesystem::path absolute(const std::string& what, const std::filesystem::path& path) {
  if (const auto result = absolute_path(path)) return *result;
  throw UsageError(what + " is a relative path, and the working directory was deleted: '" + path.string() + "'");
}

// By their names in Python; those that have their default are left out. So is the interpreter: it is that of the
// bridge, and hosts on the nodes have the one that Ray runs with there.
ordered_json options_of(PoolOptions pool) {
  if (!pool.working_directory.empty()) pool.working_directory = absolute("--cwd", pool.working_directory);
  const PoolOptions defaults;
  ordered_json options = ordered_json::object();
  for (const PoolOption& option : option_table()) {
    const OptionValue value = option.get(pool);
    if (option.name != "script" && option.name != "python" && value != option.get(defaults))
      options[std::string(option.name)] = json_of(option, value);
  }
  return options;
}

template <typename Value>
ordered_json or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json runtime_env_of(const std::string& text) {
  if (text.empty()) return nullptr;
  ordered_json json;
  try {
    json = ordered_json::parse(json_of_option("--ray-env", text));
  } catch (const nlohmann::json::out_of_range& error) {  // a number that no variable can hold
    const std::string_view what = error.what();          // [json.exception.out_of_range.406] number overflow …
    throw UsageError("--ray-env: " + std::string(what.substr(what.find(' ') + 1)));
  }
  if (!json.is_object()) throw UsageError("--ray-env: a JSON object is due, such as {\"pip\": [\"numpy\"]}");
  return json;
}

}  // namespace

std::string ray_start_message(const RayOptions& ray, const PoolOptions& pool) {
  const ordered_json message = {{"type", "start"},
                                {"address", ray.address},
                                {"script", absolute("SCRIPT", pool.script).string()},
                                {"actors", or_null(ray.actors)},
                                {"num_cpus", or_null(ray.cpus)},
                                {"num_gpus", or_null(ray.gpus)},
                                {"resources", ray.resources},
                                {"runtime_env", runtime_env_of(ray.runtime_env)},
                                {"options", options_of(pool)}};
  return message.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace provider_host::cli
