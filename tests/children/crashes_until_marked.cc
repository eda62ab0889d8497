// Crashes with every call until SCRIPT.marker exists; then it echoes.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  const Request request = host.next_call();
  if (::access((host.script() + ".marker").c_str(), F_OK) != 0) ::_exit(9);
  host.answer(request);
  host.echo();
}
