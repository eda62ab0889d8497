// The first one exits without reading its call when it is asked for its stacks; those after it never respond.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  if (!host.marked_before()) {
    host.control().read_frame();
    ::_exit(1);
  }
  while (true) host.next_call();
}
