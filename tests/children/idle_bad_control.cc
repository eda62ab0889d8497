// Once: Writes rubbish to the control channel as soon as it is ready.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  host.control().write_frame("{\"type\":\"gossip\"}");
  host.echo();
}
