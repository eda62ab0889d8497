#include "cli/ray_flags.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace provider_host::cli {
namespace {

constexpr const char* kCluster = "A cluster";
constexpr int kMaxActors = 100'000;

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void fail(const std::string& what) { throw CLI::ValidationError(what); }

void set_actors(RayOptions& ray, const std::string& text) {
  ray.actors = number_of<int>(text);
  if (ray.actors && *ray.actors >= 1 && *ray.actors <= kMaxActors) return;
  fail(fmt::format("--ray-actors must be a whole number from 1 to {}, not '{}'", kMaxActors, text));
}

double amount_of(const std::string& flag, const std::string& text) {
  const auto amount = number_of<double>(text);
  if (amount && *amount >= 0 && *amount <= 1e9) return *amount;
  fail(fmt::format("{} must be a number from 0 to 1e9, not '{}'", flag, text));
}

void add_resource(RayOptions& ray, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    fail(fmt::format("--ray-resource must be NAME=X, such as big_memory=1, not '{}'", text));
  }
  const std::string name = text.substr(0, equals);
  ray.resources[name] = amount_of("--ray-resource " + name, text.substr(equals + 1));
}

}  // namespace

void add_ray_flags(CLI::App& app, RayOptions& ray) {
  using Text = const std::string&;
  CLI::Option* address =
      app.add_option("--ray", ray.address, "Run on a Ray cluster: auto, HOST:6379, or local for one of this machine");
  address->type_name("ADDRESS")->group(kCluster);
  const auto add = [&](CLI::Option* option, const char* type) {
    option->type_name(type)->allow_extra_args(false)->needs(address)->group(kCluster);
  };
  add(app.add_option_function<std::string>(
          "--ray-actors", [&ray](Text text) { set_actors(ray, text); },
          "Actors, each with --workers hosts (default: one on each node)"),
      "N");
  add(app.add_option_function<std::string>(
          "--ray-cpus", [&ray](Text text) { ray.cpus = amount_of("--ray-cpus", text); },
          "CPUs that Ray keeps for an actor (default: its hosts)"),
      "X");
  add(app.add_option_function<std::string>(
          "--ray-gpus", [&ray](Text text) { ray.gpus = amount_of("--ray-gpus", text); },
          "GPUs that Ray keeps for an actor (default: none)"),
      "X");
  add(app.add_option_function<std::vector<std::string>>(
          "--ray-resource",
          [&ray](const auto& texts) {
            for (Text text : texts) add_resource(ray, text);
          },
          "A resource of your own that an actor needs; again for more"),
      "NAME=X");
  add(app.add_option("--ray-env", ray.runtime_env,
                     "Ray's runtime_env, an object: packages, files and variables on the nodes; @FILE reads it"),
      "JSON");
}

}  // namespace provider_host::cli
