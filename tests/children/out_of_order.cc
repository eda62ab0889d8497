// Collects two calls, then answers them last first.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request first = host.next_call();
    const Request second = host.next_call();
    host.answer(second);
    host.answer(first);
  }
}
