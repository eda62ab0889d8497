// The start of a pool with one host, measured in two ways.
//   pool_ready host|pool SCRIPT PYTHON
// host: from the spawn of the host to its being ready, as the pool takes it. pool: until the constructor returns, which
// before that asks the interpreter for its version. Ending the pool is not counted.
#include <provider_host/pool.h>

#include <string_view>

#include "runner.h"

int main(int argc, char** argv) {
  using namespace provider_host;
  const std::string_view what = argc == 4 ? argv[1] : "";
  if (what != "host" && what != "pool") {
    std::cerr << "usage: pool_ready host|pool SCRIPT PYTHON\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[2];
  options.python = argv[3];
  benchmarks::serve([&](int count) {
    std::vector<double> durations;
    for (int i = 0; i < count; ++i) {
      const auto start = benchmarks::Clock::now();
      Pool pool(options);
      const double constructed = benchmarks::us_since(start);
      durations.push_back(what == "pool" ? constructed : pool.inspect().ready_ms * 1000);
    }
    return durations;
  });
}
