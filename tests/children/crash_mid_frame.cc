// Once: Dies in the middle of a response when it has all calls it may have.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start_misbehaving_once();
  const std::string result = ChildHost::result(host.all_calls().back());
  host.call().write_bytes(std::string("\0\0\0\x7F", 4) + result.substr(0, result.size() / 2));
  ::kill(::getpid(), SIGKILL);
}
