// Takes calls, says so on stdout, and never responds.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) std::printf("got %s\n", host.next_call().args.c_str());
}
