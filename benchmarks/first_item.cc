// From the begin of a stream to its first item, or a plain call of the same script.
//   first_item SCRIPT stream|call|token
// token: of call_api, a stream of one token, in a host that runs many at once.
#include <provider_host/pool.h>

#include <cstdlib>
#include <string_view>

#include "runner.h"

namespace {

using namespace provider_host;

double first_item_us(Pool& pool) {
  const auto start = benchmarks::Clock::now();
  Stream stream = pool.stream(Call::of("one_item", {"x"}));
  const bool came = stream.next().has_value();
  const double us = benchmarks::us_since(start);
  if (!came || !stream.outcome()) std::exit(1);
  return us;
}

double first_token_us(Pool& pool) {
  const auto start = benchmarks::Clock::now();
  Stream stream = pool.stream_api("1");
  const bool came = stream.next().has_value();
  const double us = benchmarks::us_since(start);
  if (!came || !stream.outcome()) std::exit(1);
  return us;
}

double call_us(Pool& pool) {
  const auto start = benchmarks::Clock::now();
  if (!pool.call(Call::of("one_value", {"x"}))) std::exit(1);
  return benchmarks::us_since(start);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: first_item SCRIPT stream|call|token\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  const std::string_view what = argv[2];
  if (what == "token") options.concurrency = 1'000;
  Pool pool(options);
  const auto measure = what == "token" ? first_token_us : what == "call" ? call_us : first_item_us;
  benchmarks::serve([&](int count) {
    std::vector<double> durations;
    for (int i = 0; i < count; ++i) durations.push_back(measure(pool));
    return durations;
  });
}
