// Once: Closes its call channel after a call, and lives on.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.next_call();
  ::close(host.call().fd());
  wait_for_ever();
}
