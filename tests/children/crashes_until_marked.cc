// Crashes when it has all calls it may have, until SCRIPT.marker exists; then it echoes.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  if (::access((host.script() + ".marker").c_str(), F_OK) != 0) {
    host.all_calls();
    ::_exit(9);
  }
  host.echo();
}
