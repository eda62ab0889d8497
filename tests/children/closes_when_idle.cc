// The first one closes its call channel as soon as it is ready, and lives on; those after it echo.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  ::close(host.call().fd());
  wait_for_ever();
}
