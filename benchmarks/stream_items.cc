// The items of one long stream: the mean duration of one.
//   stream_items SCRIPT [CONCURRENCY]
// With CONCURRENCY above 1 the pool's thread reads the host's channel, else the reader itself.
#include <provider_host/pool.h>

#include <cstdlib>

#include "runner.h"

int main(int argc, char** argv) {
  using namespace provider_host;
  if (argc < 2) {
    std::cerr << "usage: stream_items SCRIPT [CONCURRENCY]\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  if (argc > 2) options.concurrency = std::atoi(argv[2]);
  Pool pool(options);
  benchmarks::serve([&](int count) {
    Stream stream = pool.stream(Call::of("items", {count}));
    int items = stream.next() ? 1 : 0;
    const auto start = benchmarks::Clock::now();
    while (stream.next()) ++items;
    const double us = benchmarks::us_since(start);
    if (items != count || !stream.outcome()) {
      std::cerr << items << " items of " << count << '\n';
      std::exit(1);
    }
    return std::vector<double>{us / count};
  });
}
