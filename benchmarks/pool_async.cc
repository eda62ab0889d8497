// Many calls at a time in one host, through futures: the mean duration of a call.
//   pool_async SCRIPT CONCURRENCY [SUBMITTED]
// SUBMITTED calls are with the pool at a time, as many as are in flight unless it is given.
#include <cstdlib>

#include "in_flight.h"
#include "runner.h"

int main(int argc, char** argv) {
  using namespace provider_host;
  if (argc < 3) {
    std::cerr << "usage: pool_async SCRIPT CONCURRENCY [SUBMITTED]\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  options.concurrency = std::atoi(argv[2]);
  const int submitted = std::atoi(argv[argc - 1]);
  Pool pool(options);
  benchmarks::InFlight calls(pool, "x");
  benchmarks::serve([&](int count) {
    const auto start = benchmarks::Clock::now();
    calls.run(count, submitted);
    return std::vector<double>{benchmarks::us_since(start) / count};
  });
}
