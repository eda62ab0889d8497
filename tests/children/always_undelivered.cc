// Exits without reading its call, always.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  host.wait_until_readable();
  ::_exit(1);
}
