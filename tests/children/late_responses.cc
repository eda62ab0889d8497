// Echoes; a call that names a control message, as in ["cancel"], gets its response when that message comes.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request request = host.next_call();
    for (const char* message : {"dump", "cancel"}) {
      if (request.args.find(message) == std::string::npos) continue;
      while (host.control().read_frame().value_or(message).find(message) == std::string::npos) {
      }
    }
    host.respond(request);
  }
}
