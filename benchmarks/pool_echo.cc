// Provider Host through its C++ API: one blocking call_api with a prompt of a given size, JSON values in and out.
//   pool_echo BYTES SCRIPT
#include <provider_host/pool.h>

#include <cstdlib>

#include "runner.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: pool_echo BYTES SCRIPT\n";
    return 2;
  }
  provider_host::PoolOptions options;
  options.script = argv[2];
  provider_host::Pool pool(options);
  const std::string prompt(static_cast<std::size_t>(std::atoi(argv[1])), 'x');
  provider_host::benchmarks::serve_rounds([&] {
    const auto outcome = pool.call_api(prompt);
    if (!outcome || outcome.value()["output"].get_ref<const std::string&>().size() != prompt.size()) std::abort();
  });
}
