// Many calls at a time, through futures: the mean duration of a call.
//   pool_async SCRIPT CONCURRENCY [SUBMITTED [HOSTS]]
// SUBMITTED calls are with the pool at a time, CONCURRENCY unless it is given; HOSTS hosts are ready, one unless it is
// given.
#include <cstdlib>

#include "in_flight.h"
#include "runner.h"

int main(int argc, char** argv) {
  using namespace provider_host;
  if (argc < 3) {
    std::cerr << "usage: pool_async SCRIPT CONCURRENCY [SUBMITTED [HOSTS]]\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  options.concurrency = std::atoi(argv[2]);
  const int submitted = argc > 3 ? std::atoi(argv[3]) : options.concurrency;
  if (argc > 4) options.workers = std::atoi(argv[4]);
  Pool pool(options);
  benchmarks::wait_for_hosts(pool);
  benchmarks::InFlight calls(pool, "x");
  benchmarks::serve([&](int count) {
    const auto start = benchmarks::Clock::now();
    calls.run(count, submitted);
    return std::vector<double>{benchmarks::us_since(start) / count};
  });
}
