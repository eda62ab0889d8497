// Once: Announces a frame without a payload.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  host.call().write_bytes(std::string(4, 0));
  wait_for_ever();
}
