// Once: Writes rubbish to the control channel, then echoes.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  const Request request = host.next_call();
  host.control().write_frame("{\"type\":\"gossip\"}");
  host.respond(request);
  host.echo();
}
