// Echoes, but neither SIGTERM nor the end of its channel ends it.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  ::signal(SIGTERM, SIG_IGN);
  host.start();
  while (const auto request = host.next_call_or_end()) host.respond(*request);
  wait_for_ever();
}
