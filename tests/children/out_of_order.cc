// Collects as many calls as it may have, then responds to them in reverse order.
#include <ranges>

#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const auto calls = host.all_calls();
    for (const Request& request : std::views::reverse(calls)) host.respond(request);
  }
}
