// Once: Announces a frame of 4 GiB.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  host.call().write_bytes("\xFF\xFF\xFF\xFF{");
  wait_for_ever();
}
