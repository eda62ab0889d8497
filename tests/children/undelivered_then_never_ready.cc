// The first one exits without reading its call; those after it never get ready.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  if (host.marked_before()) wait_for_ever();
  host.start();
  host.wait_until_readable();
  ::_exit(1);
}
