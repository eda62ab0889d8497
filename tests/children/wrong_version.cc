// Speaks a protocol that does not exist yet.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.call().read_frame();
  host.call().write_frame(R"({"type":"ready","protocol":1,"python":"3","executable":"/python","import_ms":1})");
  wait_for_ever();
}
