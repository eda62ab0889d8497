// Once: Responds with text that is no JSON, and ends at once.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  host.call().write_frame("Traceback (most recent call last):");
}
