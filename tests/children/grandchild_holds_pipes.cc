// Once: Leaves a child that holds every pipe, and dies of SIGKILL.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.all_calls();
  const pid_t grandchild = ::fork();
  if (grandchild == 0) wait_for_ever();
  std::printf("grandchild %d\n", static_cast<int>(grandchild));
  ::kill(::getpid(), SIGKILL);
}
