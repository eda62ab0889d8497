// Echoes, but dies with about every tenth call, before or inside its response.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  auto seed = static_cast<unsigned>(::getpid()) * 2654435761U;
  while (true) {
    const Request request = host.next_call();
    seed = seed * 1103515245U + 12345U;
    const unsigned dice = seed >> 16U & 31U;
    if (dice == 0) ::kill(::getpid(), SIGKILL);
    if (dice == 1) ::_exit(5);
    if (dice == 2) {
      host.call().write_bytes(std::string("\0\0\0\x7F{", 5));
      ::_exit(6);
    }
    host.respond(request);
    if (dice == 3) ::_exit(7);
  }
}
