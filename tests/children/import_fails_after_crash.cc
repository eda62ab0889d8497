// The first one crashes with its first call; those after it cannot import the script.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  if (host.marked_before()) {
    host.call().read_frame();
    host.call().write_frame(
        R"({"type":"failed","error":{"kind":"import_failed","message":"it was deleted","type":"FileNotFoundError"}})");
    return 3;
  }
  host.start();
  host.next_call();
  ::_exit(9);
}
