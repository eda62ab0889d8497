// Closes its channels at the end of input, in good order, but takes longer than that to leave.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (const auto request = host.next_call_or_end()) host.respond(*request);
  ::close(host.call().fd());
  wait_for_ever();
}
