// The first one exits without reading its call; those after it echo.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.wait_until_readable();
  ::_exit(1);
}
