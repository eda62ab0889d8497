// Never says that it is ready.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.call().read_frame();
  wait_for_ever();
}
