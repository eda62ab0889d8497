// Responds to every call with an error that has every field.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    host.call().write_frame(R"({"type":"error","id":)" + host.next_call().id +
                            R"(,"error":{"kind":"python_exception","message":"boom","type":"ValueError",)"
                            R"("path":"$.x","traceback":"Traceback"}})");
  }
}
