// Once: Dies of a segmentation fault when it has all calls it may have.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  ::signal(SIGSEGV, SIG_DFL);
  ::kill(::getpid(), SIGSEGV);
  wait_for_ever();
}
