#include <provider_host/pool.h>

#include <iostream>

// usage: consumer SCRIPT. Prints the result of one call; exit code 0 when it succeeded.
int main(int argc, char** argv) {
  if (argc != 2) return 2;
  provider_host::PoolOptions options;
  options.script = argv[1];
  provider_host::Pool pool(options);
  const provider_host::Outcome outcome = pool.call_api("Where is the nearest pharmacy?");
  if (!outcome) {
    std::cerr << outcome.error() << '\n';
    return 1;
  }
  std::cout << outcome.json() << '\n';
  return 0;
}
