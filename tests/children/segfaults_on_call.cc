// Once: Dies of a segmentation fault with the first call.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.next_call();
  ::signal(SIGSEGV, SIG_DFL);
  ::kill(::getpid(), SIGSEGV);
  wait_for_ever();
}
