// The first one exits when all calls it may have have come, without reading one; those after it echo.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.wait_until_all_calls_came();
  ::_exit(1);
}
