// Once: Responds to a call that it never got.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  Request request = host.all_calls().front();
  request.id = "999999";
  host.respond(request);
  wait_for_ever();
}
