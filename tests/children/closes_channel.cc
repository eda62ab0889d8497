// Once: Closes its call channel when it has all calls it may have, and lives on.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  ::close(host.call().fd());
  wait_for_ever();
}
