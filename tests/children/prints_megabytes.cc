// Prints without a newline and megabytes at a time, then responds.
#include "child_host.h"

using namespace provider_host::child;

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  host.start();
  const std::string text(1 << 20, 0x78);
  unsigned seed = 12345;
  while (true) {
    const Request request = host.next_call();
    for (int i = 0; i < 3; ++i) std::fwrite(text.data(), 1, text.size(), stdout);
    for (int i = 0; i < 4096; ++i) {
      seed = seed * 1103515245U + 12345U;
      std::fputc(static_cast<int>(seed >> 16U & 0xFFU), stderr);
    }
    host.respond(request);
  }
}
