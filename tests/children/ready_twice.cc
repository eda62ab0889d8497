// Once: Says ready again instead of a response.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  host.call().write_frame(kReady);
  wait_for_ever();
}
