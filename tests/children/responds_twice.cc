// Echoes everything twice.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request request = host.next_call();
    host.respond(request);
    host.respond(request);
  }
}
