// Once: Responds with bytes that are no UTF-8.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  host.call().write_frame("{\"type\":\"result\",\"id\":1,\"result\":\"\xC3\x28\"}");
  wait_for_ever();
}
