// Echoes; a call of ["hang"] gets its response when the pool cancels it, and when SCRIPT.gate is there, when that is
// opened. A second process for the same script never gets ready.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  if (host.marked_before()) {
    std::puts("the replacement has begun");
    wait_for_ever();
  }
  host.start();
  while (true) {
    const Request request = host.next_call();
    if (request.args == R"(["hang"])") {
      std::puts("hangs");
      while (host.control().read_frame().value_or("cancel").find("cancel") == std::string::npos) {
      }
      std::puts("was cancelled");
      ::close(::open((host.script() + ".gate").c_str(), O_RDONLY));
    }
    host.respond(request);
  }
}
