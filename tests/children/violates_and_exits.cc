// Responds with text that is no JSON, and exits at once; always.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  host.next_call();
  host.call().write_frame("Traceback (most recent call last):");
}
