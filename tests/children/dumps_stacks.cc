// Never answers a call, but says where it is when asked.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  host.next_call();
  host.control().read_frame();
  host.write_diagnostics(
      "Current thread 0x1 (most recent call first):\n  File \"/x/provider.py\", line 12 in call_api\n"
      "=== end of dump ===\n");
  wait_for_ever();
}
