// As `gated`, and prints a line after each response.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  while (true) {
    const Request request = host.next_call();
    if (request.args.find("gate") != std::string::npos) ::close(::open((host.script() + ".gate").c_str(), O_RDONLY));
    host.respond(request);
    std::printf("responded to %s\n", request.args.c_str());
  }
}
