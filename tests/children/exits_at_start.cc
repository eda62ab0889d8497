// Exits with code 3 before it says a word.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.call().read_frame();
  std::fputs("the last words of this host\n", stderr);
  return 3;
}
