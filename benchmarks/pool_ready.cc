// From the spawn of a host to its being ready, as the pool takes it. What else a pool's constructor does (it asks the
// interpreter for its version, which may be a slow shim) is not counted.
//   pool_ready SCRIPT
#include <provider_host/pool.h>

#include "contestant.h"

int main(int argc, char** argv) {
  using namespace provider_host;
  if (argc != 2) {
    std::cerr << "usage: pool_ready SCRIPT\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  benchmarks::serve([&](int count) {
    std::vector<double> durations;
    for (int i = 0; i < count; ++i) {
      Pool pool(options);
      durations.push_back(pool.inspect().ready_ms * 1000);
    }
    return durations;
  });
}
