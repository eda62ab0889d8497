// The JSON hot path of the parent, beside nlohmann's own functions.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <random>

#include "wire/frame_codec.h"
#include "wire/json_text.h"
#include "wire/json_value.h"

namespace provider_host {
namespace {

nlohmann::json floats() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  nlohmann::json values = nlohmann::json::array();
  for (int i = 0; i < 15'360; ++i) values.push_back(normal(random));
  return {{"embedding", values}};
}

nlohmann::json text() { return {{"output", std::string(1 << 20, 'x')}}; }

nlohmann::json value(std::int64_t kind) { return kind == 0 ? floats() : text(); }

void write_ours(benchmark::State& state) {
  const auto json = value(state.range(0));
  for (auto _ : state) {
    std::string out;
    wire::append_json(out, json);
    benchmark::DoNotOptimize(out);
  }
}
void write_nlohmann(benchmark::State& state) {
  const auto json = value(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(json.dump());
}
void read_ours(benchmark::State& state) {
  const auto json = value(state.range(0)).dump();
  for (auto _ : state) benchmark::DoNotOptimize(wire::parse_checked(json));
}
void read_nlohmann(benchmark::State& state) {
  const auto json = value(state.range(0)).dump();
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::parse(json));
}
void check(benchmark::State& state) {
  const auto json = value(state.range(0)).dump();
  for (auto _ : state) benchmark::DoNotOptimize(wire::json_error(json, wire::kMaxValueDepth));
}

BENCHMARK(write_ours)->ArgName("0_floats_1_text")->Arg(0)->Arg(1);
BENCHMARK(write_nlohmann)->ArgName("0_floats_1_text")->Arg(0)->Arg(1);
BENCHMARK(read_ours)->ArgName("0_floats_1_text")->Arg(0)->Arg(1);
BENCHMARK(read_nlohmann)->ArgName("0_floats_1_text")->Arg(0)->Arg(1);
BENCHMARK(check)->ArgName("0_floats_1_text")->Arg(0)->Arg(1);

}  // namespace
}  // namespace provider_host
