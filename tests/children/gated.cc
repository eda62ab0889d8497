// Echoes; a call with "gate" in its arguments gets its response when somebody opens the named pipe SCRIPT.gate.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request request = host.next_call();
    std::printf("got %s\n", request.args.c_str());
    if (request.args.find("gate") != std::string::npos) ::close(::open((host.script() + ".gate").c_str(), O_RDONLY));
    host.respond(request);
  }
}
